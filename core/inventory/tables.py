"""Stock: levels, the holds that orders have on them, and every movement."""

from __future__ import annotations

from piccolo.columns import UUID, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from ..ids import new_id


class StockLevel(Table, tablename="stock_level"):
    """Units of a SKU at a location; `on_hand - held` can be sold."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    sku_id = UUID()
    location_id = UUID()
    on_hand = Integer(default=0)
    held = Integer(default=0)
    updated_at = Timestamptz()


class StockHold(Table, tablename="stock_hold"):
    """Units kept for an owner (an order line), one hold each: `quantity - committed - released` are still held."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    sku_id = UUID()
    location_id = UUID()
    owner = UUID()
    quantity = Integer()
    committed = Integer(default=0)
    released = Integer(default=0)
    expires_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()
    updated_at = Timestamptz()


class StockMovement(Table, tablename="stock_movement"):
    """One change of a level. `cause`, `kind`, place and owner make it happen once."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    sku_id = UUID()
    location_id = UUID()
    kind = Varchar(length=12)
    on_hand_delta = Integer(default=0)
    held_delta = Integer(default=0)
    owner = UUID(null=True, default=None)
    cause = UUID()
    actor_id = UUID(null=True, default=None)
    note = Text(default="")
    created_at = Timestamptz()
