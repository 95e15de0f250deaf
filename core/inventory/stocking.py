"""Goods that come in, are counted, or change their place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ..errors import Invalid
from ..mall import Mall
from ..storage import db
from . import levels, movements, places, rules
from .holding import shortage_error
from .levels import Level
from .movements import Movement
from .problems import OutOfStock, StockBelowHeld
from .requests import Place, RestockRequest
from .rules import Shortage


@db.atomic
async def open_levels(store_id: UUID, sku_ids: Sequence[UUID], location_id: UUID, now: datetime) -> None:
    """Have the store stock new SKUs, with 0 units at a location of its own. Idempotent. Raises LocationNotFound."""
    await places.require_locations(store_id, [location_id])
    await levels.open_places([Place(sku_id, location_id, store_id) for sku_id in sku_ids], now)


@db.atomic
async def receive(
    mall: Mall,
    store_id: UUID,
    items: Sequence[tuple[UUID, UUID, int]],
    *,
    cause: UUID,
    actor_id: UUID | None = None,
    note: str = "",
) -> None:
    """Add delivered units, as (sku, location, units), once per cause.

    Raises LocationNotFound, LocationInactive, SkuNotStocked, and ValueError for a quantity below 1.
    """
    await places.require_locations(store_id, [location for _, location, _ in items])
    await places.require_skus(store_id, [sku for sku, _, _ in items])
    wanted = rules.sums((Place(sku, location, store_id), units) for sku, location, units in items)
    rules.require_units(units for _, _, units in items)
    arrived = [Movement(kind="receive", place=place, cause=cause, on_hand=units) for place, units in wanted.items()]
    await _bring(arrived, now=mall.now(), actor_id=actor_id, note=note)


@db.atomic
async def restock(items: Sequence[RestockRequest], *, actor_id: UUID | None, now: datetime) -> None:
    """Add returned units that can be sold, once per (cause, SKU, location).

    Items of one cause and place count together. Raises LocationNotFound, LocationInactive, and ValueError
    for a quantity below 1.
    """
    rules.require_units(item.quantity for item in items)
    for store_id in sorted({item.store_id for item in items}):
        await places.require_locations(store_id, [item.location_id for item in items if item.store_id == store_id])
    wanted = rules.sums(((item.place, item.cause), item.quantity) for item in items)
    back = [
        Movement(kind="restock", place=place, cause=cause, on_hand=units) for (place, cause), units in wanted.items()
    ]
    await _bring(back, now=now, actor_id=actor_id)


async def _bring(arrived: Sequence[Movement], *, now: datetime, actor_id: UUID | None, note: str = "") -> None:
    await levels.open_places([movement.place for movement in arrived], now)
    await levels.lock(movement.place for movement in arrived)
    fresh = await movements.unrecorded(arrived)
    await movements.apply(fresh, now=now, actor_id=actor_id, note=note)


@db.atomic
async def adjust(
    mall: Mall,
    store_id: UUID,
    items: Sequence[tuple[UUID, UUID, int]],
    *,
    cause: UUID,
    actor_id: UUID | None = None,
    note: str = "",
) -> None:
    """Set counted stock, as (sku, location, on_hand), once per cause; the count is recorded even if it agrees.

    Raises StockBelowHeld, with nothing written, when orders hold more; else like `receive`.
    """
    await places.require_skus(store_id, [sku for sku, _, _ in items])
    await _set(store_id, items, "adjust", cause=cause, actor_id=actor_id, note=note, now=mall.now())


@db.atomic
async def put_on_hand(
    store_id: UUID, rows: Sequence[tuple[UUID, UUID, int]], *, cause: UUID, actor_id: UUID | None, now: datetime
) -> None:
    """Set the stock of many SKUs, as (sku, location, on_hand), once per cause, making levels where none are.

    The caller vouches for the SKUs; of a place that is named twice the last number counts. Raises
    StockBelowHeld, with nothing written, LocationNotFound, LocationInactive.
    """
    await _set(store_id, rows, "import", cause=cause, actor_id=actor_id, note="", now=now)


async def _set(
    store_id: UUID,
    rows: Sequence[tuple[UUID, UUID, int]],
    kind: str,
    *,
    cause: UUID,
    actor_id: UUID | None,
    note: str,
    now: datetime,
) -> None:
    await places.require_locations(store_id, [location for _, location, _ in rows])
    counted = {Place(sku, location, store_id): on_hand for sku, location, on_hand in rows}
    await levels.open_places(counted, now)
    found = await levels.lock(counted)
    changes = [
        Movement(kind=kind, place=place, cause=cause, on_hand=on_hand - found[place].on_hand)
        for place, on_hand in counted.items()
    ]
    fresh = await movements.unrecorded(changes)
    _require_covered(fresh, found)
    await movements.apply(fresh, now=now, actor_id=actor_id, note=note)


def _require_covered(changes: Sequence[Movement], found: dict[Place, Level]) -> None:
    errors = []
    for one in changes:
        level = found[one.place]
        if level.free + one.on_hand < 0:
            counts = {"held": level.held, "on_hand": level.on_hand + one.on_hand}
            errors.append({"path": str(one.place.sku_id), "code": "stock_below_held", **counts})
    if errors:
        raise StockBelowHeld(errors=errors)


@db.atomic
async def transfer(
    mall: Mall,
    store_id: UUID,
    items: Sequence[tuple[UUID, int]],
    *,
    source_id: UUID,
    target_id: UUID,
    cause: UUID,
    actor_id: UUID | None = None,
    note: str = "",
) -> None:
    """Move free units, as (sku, units), from one location of the store to another, once per cause.

    Raises OutOfStock, with nothing written, when the source has not so many free; Invalid
    (`same_location`); else like `receive`.
    """
    rules.require_units(units for _, units in items)
    if source_id == target_id:
        raise Invalid("Source and target are the same location.", code="same_location")
    await places.require_locations(store_id, [source_id, target_id])
    await places.require_skus(store_id, [sku for sku, _ in items])
    wanted = rules.sums(items)
    out = [_moved("transfer_out", Place(sku, source_id, store_id), cause, -units) for sku, units in wanted.items()]
    into = [_moved("transfer_in", Place(sku, target_id, store_id), cause, units) for sku, units in wanted.items()]
    await levels.open_places([movement.place for movement in into], mall.now())
    found = await levels.lock(movement.place for movement in [*out, *into])
    fresh = await movements.unrecorded([*out, *into])
    _require_free(fresh, found)
    await movements.apply(fresh, now=mall.now(), actor_id=actor_id, note=note)


def _moved(kind: str, place: Place, cause: UUID, units: int) -> Movement:
    return Movement(kind=kind, place=place, cause=cause, on_hand=units)


def _require_free(moved: Sequence[Movement], found: dict[Place, Level]) -> None:
    short = [
        Shortage(place=one.place, available=free, wanted=-one.on_hand)
        for one in moved
        if (free := found[one.place].free if one.place in found else 0) + one.on_hand < 0
    ]
    if short:
        raise OutOfStock(errors=[shortage_error(one) for one in short])
