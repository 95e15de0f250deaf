"""What receipts say. Rows are written once; only the use of a receipt changes."""

from __future__ import annotations

from galleria.core.plugin_api import new_id
from piccolo.columns import UUID, BigInt, Integer, Timestamptz, Varchar
from piccolo.table import Table


class RetailReplayReceipt(Table, tablename="retail_replay_receipt"):
    """A basket that was bought once. `order_id` is the standing order that uses it up; null while it is free."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    receipt = Varchar(length=64)
    order_id = UUID(null=True, default=None)
    used_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()


class RetailReplayLine(Table, tablename="retail_replay_line"):
    """A line of a receipt: `unit_price` is the shelf price of one unit, the discounts are of the whole line."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    receipt = Varchar(length=64)
    line = Integer()
    sku_id = UUID()
    quantity = Integer()
    unit_price = BigInt()
    retail_disc = BigInt()
    coupon_match_disc = BigInt()
    coupon_disc = BigInt()
