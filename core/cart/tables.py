"""Carts, which span stores."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Bytea, Integer, Timestamptz, Varchar
from piccolo.table import Table

from ..ids import new_id


class Cart(Table, tablename="cart", tags=["mall"]):
    """A shopper's cart, or that of whoever holds its token: one of the two. `version` grows with every change."""

    id = UUID(primary_key=True, default=new_id)
    account_id = UUID(null=True, default=None)
    token_hash = Bytea(null=True, default=None)
    version = Integer(default=1)
    created_at = Timestamptz()
    updated_at = Timestamptz()


class CartLine(Table, tablename="cart_line"):
    """A SKU in a quantity. `variant_key` tells apart lines of one SKU with other `extra` data.

    `seen_price` is what a unit cost when it was last added.
    """

    id = UUID(primary_key=True, default=new_id)
    cart_id = UUID()
    store_id = UUID()
    sku_id = UUID()
    variant_key = Varchar(length=64, default="")
    quantity = Integer()
    selected = Boolean(default=True)
    seen_price = BigInt()
    extra = JSONB()
    created_at = Timestamptz()


class CartAsk(Table, tablename="cart_ask", tags=["mall"]):
    """What the buyer asked a plugin for, in one store or (`store_id` null) in the mall."""

    id = UUID(primary_key=True, default=new_id)
    cart_id = UUID()
    store_id = UUID(null=True, default=None)
    plugin = Varchar(length=80)
    reference = Varchar(length=200)
    amount = BigInt(null=True, default=None)


class CartDelivery(Table, tablename="cart_delivery"):
    """How one store's goods are to reach the buyer."""

    id = UUID(primary_key=True, default=new_id)
    cart_id = UUID()
    store_id = UUID()
    method = Varchar(length=40)
    location_id = UUID(null=True, default=None)
