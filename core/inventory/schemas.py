"""Shapes of requests and answers about stock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from ..http.schemas import Body
from .queries import LevelRow

Units = Annotated[int, Meta(ge=1, le=1_000_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Note = Annotated[str, Meta(max_length=500)]


class UnitsItem(Body):
    """Units of a SKU that arrive or move."""

    sku_id: UUID
    quantity: Units


class CountItem(Body):
    """Units of a SKU that were counted, those held for orders included."""

    sku_id: UUID
    on_hand: Count


class ReceiptBody(Body):
    """Goods that were delivered to a location."""

    location_id: UUID
    items: Annotated[list[UnitsItem], Meta(min_length=1, max_length=200)]
    note: Note = ""


class AdjustmentBody(Body):
    """What was counted at a location; each SKU once."""

    location_id: UUID
    items: Annotated[list[CountItem], Meta(min_length=1, max_length=200)]
    note: Note = ""


class TransferBody(Body):
    """Free units that go from one location of the store to another."""

    source_id: UUID
    target_id: UUID
    items: Annotated[list[UnitsItem], Meta(min_length=1, max_length=200)]
    note: Note = ""


class LevelView(Struct, kw_only=True):
    """Units of a SKU at a location: `available` = `on_hand` - `held`."""

    sku_id: UUID
    location_id: UUID
    on_hand: int
    held: int
    available: int
    updated_at: datetime


class StockChange(Struct, kw_only=True):
    """A change that was made: `id` is the `cause` of its movements, `levels` what they left."""

    id: UUID
    levels: list[LevelView]


def level_view(level: LevelRow) -> LevelView:
    return LevelView(
        sku_id=level.sku_id,
        location_id=level.location_id,
        on_hand=level.on_hand,
        held=level.held,
        available=level.on_hand - level.held,
        updated_at=level.updated_at,
    )
