"""Statements over stock levels. Every change locks its places in one order first, so that none deadlocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from ..ids import new_id
from ..storage import db
from .problems import StockChanged
from .requests import Place


class Level(Struct, frozen=True):
    """Units of a place: `held` of the `on_hand` are promised."""

    on_hand: int
    held: int

    @property
    def free(self) -> int:
        return self.on_hand - self.held


class Change(NamedTuple):
    """Units to add to both counts of a place; negative to take away."""

    on_hand: int = 0
    held: int = 0


_OPEN = """
INSERT INTO stock_level (id, store_id, sku_id, location_id, on_hand, held, updated_at)
SELECT w.id, w.store_id, w.sku_id, w.location_id, 0, 0, $5
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) AS w (id, sku_id, location_id, store_id)
ON CONFLICT (sku_id, location_id) DO NOTHING
"""
_LOCK = """
SELECT l.sku_id, l.location_id, l.store_id, l.on_hand, l.held
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS w (sku_id, location_id, store_id)
JOIN stock_level l ON l.sku_id = w.sku_id AND l.location_id = w.location_id AND l.store_id = w.store_id
ORDER BY l.sku_id, l.location_id
FOR UPDATE OF l
"""
_CHANGE = """
UPDATE stock_level l SET on_hand = l.on_hand + w.on_hand, held = l.held + w.held, updated_at = $6
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::int[])
  AS w (sku_id, location_id, store_id, on_hand, held)
WHERE l.sku_id = w.sku_id AND l.location_id = w.location_id AND l.store_id = w.store_id
  AND l.on_hand - l.held >= w.held - w.on_hand AND l.held + w.held >= 0
"""


async def open_places(places: Iterable[Place], now: datetime) -> None:
    """Make a level of 0 units where there is none yet."""
    distinct = sorted(set(places))
    await db.execute(_OPEN, [new_id() for _ in distinct], *_columns(distinct), now)


async def lock(places: Iterable[Place]) -> dict[Place, Level]:
    """Lock the places until the transaction ends, and read them. Places without a level are left out."""
    found = await db.fetch(_LOCK, *_columns(sorted(set(places))))
    return {
        Place(row["sku_id"], row["location_id"], row["store_id"]): Level(row["on_hand"], row["held"]) for row in found
    }


async def change(changes: Mapping[Place, Change], now: datetime) -> None:
    """Apply one sum per place. Raises StockChanged when a place has not the units, or no level."""
    if not changes:
        return
    places = sorted(changes)
    on_hand = [changes[place].on_hand for place in places]
    held = [changes[place].held for place in places]
    if await db.execute(_CHANGE, *_columns(places), on_hand, held, now) != len(places):
        raise StockChanged


def _columns(places: Iterable[Place]) -> tuple[list[object], list[object], list[object]]:
    rows = list(places)
    return [row.sku_id for row in rows], [row.location_id for row in rows], [row.store_id for row in rows]
