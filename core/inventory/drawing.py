"""Units that leave a hold: shipped (they leave the house too), or free for sale again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..storage import db
from . import levels, movements, rules
from .movements import Movement
from .problems import NotHeld, StockChanged
from .requests import CommitRequest, Place, ReleaseRequest


class HoldRow(Struct, frozen=True, kw_only=True):
    """A locked hold; `open` units can still leave it."""

    store_id: UUID
    sku_id: UUID
    location_id: UUID
    owner: UUID
    open: int

    @property
    def place(self) -> Place:
        return Place(self.sku_id, self.location_id, self.store_id)


_LOCK = """
SELECT store_id, sku_id, location_id, owner, quantity - committed - released AS open
FROM stock_hold WHERE owner = ANY ($1::uuid[]) ORDER BY owner FOR UPDATE
"""
_DRAW = """
UPDATE stock_hold h SET committed = h.committed + w.committed, released = h.released + w.released, updated_at = $4
FROM unnest($1::uuid[], $2::int[], $3::int[]) AS w (owner, committed, released)
WHERE h.owner = w.owner AND h.quantity - h.committed - h.released >= w.committed + w.released
"""


@db.atomic
async def commit(items: Sequence[CommitRequest], *, now: datetime) -> None:
    """Take shipped units off the shelf and out of their holds, once per (cause, owner).

    Raises NotHeld, with nothing written, when an owner has not so many units open.
    """
    await _draw("commit", items, now)


@db.atomic
async def release_units(items: Sequence[ReleaseRequest], *, now: datetime) -> None:
    """Free held units, once per (cause, owner). Raises NotHeld, with nothing written, when so many are not open."""
    await _draw("release", items, now)


@db.atomic
async def release(owners: Sequence[UUID], *, now: datetime) -> None:
    """Free whatever is still open of these holds. Idempotent; owners without a hold are passed over."""
    holds = await _lock(owners)
    await _write([_movement("release", hold, hold.owner, hold.open) for hold in holds.values() if hold.open], now)


async def _draw(kind: str, items: Sequence[CommitRequest | ReleaseRequest], now: datetime) -> None:
    rules.require_units(item.quantity for item in items)
    holds = await _lock([item.owner for item in items])
    _require_holds(items, holds)
    wanted = rules.sums(((item.owner, item.cause), item.quantity) for item in items)
    asked = [_movement(kind, holds[owner], cause, units) for (owner, cause), units in wanted.items()]
    fresh = await movements.unrecorded(asked)
    _require_open(fresh, holds)
    await _write(fresh, now)


async def _lock(owners: Sequence[UUID]) -> dict[UUID, HoldRow]:
    return {hold.owner: hold for hold in await db.rows(HoldRow, _LOCK, sorted(set(owners)))}


def _movement(kind: str, hold: HoldRow, cause: UUID, units: int) -> Movement:
    on_hand = -units if kind == "commit" else 0
    return Movement(kind=kind, place=hold.place, cause=cause, owner=hold.owner, on_hand=on_hand, held=-units)


def _require_holds(items: Sequence[CommitRequest | ReleaseRequest], holds: dict[UUID, HoldRow]) -> None:
    for item in items:
        if item.owner not in holds or holds[item.owner].store_id != item.store_id:
            raise NotHeld(errors=[{"path": str(item.owner), "code": "not_held", "open": 0, "wanted": item.quantity}])


def _require_open(fresh: Sequence[Movement], holds: dict[UUID, HoldRow]) -> None:
    wanted = rules.sums((movement.owner, -movement.held) for movement in fresh if movement.owner is not None)
    errors = [
        {"path": str(owner), "code": "not_held", "open": holds[owner].open, "wanted": units}
        for owner, units in wanted.items()
        if units > holds[owner].open
    ]
    if errors:
        raise NotHeld(errors=errors)


async def _write(drawn: Sequence[Movement], now: datetime) -> None:
    if not drawn:
        return
    await levels.lock(movement.place for movement in drawn)
    await movements.apply(drawn, now=now)
    committed = rules.sums((one.owner, -one.on_hand) for one in drawn)
    released = rules.sums((one.owner, one.on_hand - one.held) for one in drawn)
    counts = [list(committed), list(committed.values()), [released[owner] for owner in committed]]
    if await db.execute(_DRAW, *counts, now) != len(committed):
        raise StockChanged
