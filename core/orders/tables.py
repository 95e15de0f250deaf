"""Orders of one store each: lines, frozen adjustments, parcels, refunds and history. Amounts are minor units."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.table import Table

from ..ids import new_id


class Order(Table, tablename="shop_order"):
    """placed -> paid -> fulfilling -> completed, or cancelled. `checkout_id` is opaque here."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    number = Varchar(length=24)
    account_id = UUID()
    checkout_id = UUID()
    state = Varchar(length=12, default="placed")
    currency = Varchar(length=3)
    goods = BigInt()
    discounts = BigInt()
    shipping = BigInt()
    fees = BigInt()
    tax = BigInt()
    total = BigInt()
    tenders = BigInt()
    due = BigInt()
    refunded = BigInt(default=0)
    address = JSONB(null=True, default=None)
    delivery_method = Varchar(length=40)
    location_id = UUID(null=True, default=None)
    remark = Text(default="")
    extra = JSONB()
    placed_at = Timestamptz()
    paid_at = Timestamptz(null=True, default=None)
    completed_at = Timestamptz(null=True, default=None)
    cancelled_at = Timestamptz(null=True, default=None)
    cancel_reason = Varchar(length=40, default="")


class OrderLine(Table, tablename="order_line"):
    """A priced row as it was at placement. `balances` are what its units were worth after each adjustment.

    `cancelled` units were refunded before they were shipped; `quantity - shipped - cancelled` are still to be sent.
    """

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    order_id = UUID()
    kind = Varchar(length=12)
    position = SmallInt()
    product_id = UUID(null=True, default=None)
    sku_id = UUID(null=True, default=None)
    location_id = UUID(null=True, default=None)
    sku_code = Varchar(length=80, default="")
    name = JSONB()
    options = JSONB()
    extra = JSONB()
    quantity = Integer()
    list_price = BigInt()
    price_revision = Integer(default=1)
    included_tax = BigInt(default=0)
    total = BigInt()
    balances = Array(base_column=BigInt())
    shipped = Integer(default=0)
    cancelled = Integer(default=0)
    refunded = Integer(default=0)


class OrderAdjustment(Table, tablename="order_adjustment"):
    """An applied change of price or tender, frozen; `reverses` names the one that a refund's row takes back."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    order_id = UUID()
    refund_id = UUID(null=True, default=None)
    reverses = UUID(null=True, default=None)
    phase = SmallInt()
    sequence = SmallInt()
    plugin = Varchar(length=80)
    plugin_version = Varchar(length=40)
    code = Varchar(length=120)
    label = Text()
    scope_store_id = UUID(null=True, default=None)
    reference = Varchar(length=200, null=True, default=None)
    definition = JSONB()
    basis = BigInt()
    amount = BigInt()
    funder = Varchar(length=12)
    platform_share_ppm = Integer(default=0)


class AdjustmentAllocation(Table, tablename="adjustment_allocation"):
    """The part of an adjustment that one line carries."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    adjustment_id = UUID()
    line_id = UUID()
    amount = BigInt()


class OrderBlock(Table, tablename="order_block"):
    """A namespaced sub-state (`plugin:waiting`) that blocks named transitions while its row is there."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    order_id = UUID()
    name = Varchar(length=80)
    transitions = Array(base_column=Varchar(length=20), default=list)
    created_at = Timestamptz()


class OrderHistory(Table, tablename="order_history"):
    """What happened to an order: a change of state, a parcel, a refund, a note."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    order_id = UUID()
    kind = Varchar(length=40)
    from_state = Varchar(length=12, default="")
    to_state = Varchar(length=12, default="")
    actor = Varchar(length=20)
    actor_id = UUID(null=True, default=None)
    data = JSONB()
    created_at = Timestamptz()


class Parcel(Table, tablename="parcel"):
    """One shipment of some of an order's units."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    order_id = UUID()
    carrier = Varchar(length=60)
    tracking_number = Varchar(length=80)
    shipped_at = Timestamptz()
    received_at = Timestamptz(null=True, default=None)


class ParcelLine(Table, tablename="parcel_line"):
    """Units of one order line in a parcel."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    parcel_id = UUID()
    line_id = UUID()
    quantity = Integer()


class OrderRefund(Table, tablename="order_refund"):
    """A refund of lines and quantities: what it gives back in money and in tenders."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    order_id = UUID()
    number = Varchar(length=24)
    amount = BigInt()
    money = BigInt()
    tenders = BigInt()
    reason = Varchar(length=200)
    restock = Boolean(default=False)
    state = Varchar(length=12, default="pending")
    actor = Varchar(length=20)
    actor_id = UUID(null=True, default=None)
    created_at = Timestamptz()
    settled_at = Timestamptz(null=True, default=None)


class RefundLine(Table, tablename="refund_line"):
    """Units of one order line that a refund covers: units `first` to `first + quantity - 1`, counted from 0."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    refund_id = UUID()
    line_id = UUID()
    first = Integer()
    quantity = Integer()
    amount = BigInt()


class OrderParticipant(Table, tablename="order_participant"):
    """A plugin that took part in an order when it was placed, and is told of it: as the mall's or the store's."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    order_id = UUID()
    plugin = Varchar(length=80)
    for_mall = Boolean(default=False)
