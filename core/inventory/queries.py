"""Reads of the stock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..storage import db


class LevelRow(Struct, frozen=True, kw_only=True):
    """Units of a SKU at a location."""

    sku_id: UUID
    location_id: UUID
    on_hand: int
    held: int
    updated_at: datetime


class MovementRow(Struct, frozen=True, kw_only=True):
    """One entry of the journal."""

    id: UUID
    sku_id: UUID
    location_id: UUID
    kind: str
    on_hand_delta: int
    held_delta: int
    owner: UUID | None
    cause: UUID
    actor_id: UUID | None
    note: str
    created_at: datetime


_AVAILABLE = """
SELECT l.sku_id, l.location_id, l.on_hand - l.held AS free
FROM unnest($1::uuid[], $2::uuid[]) AS w (sku_id, location_id)
JOIN stock_level l ON l.sku_id = w.sku_id AND l.location_id = w.location_id
"""
_LEVELS = """
SELECT sku_id, location_id, on_hand, held, updated_at FROM stock_level
WHERE store_id = $1 AND (sku_id, location_id) > ($2, $3)
  AND ($4::uuid[] IS NULL OR sku_id = ANY ($4)) AND ($5::uuid IS NULL OR location_id = $5)
ORDER BY sku_id, location_id LIMIT $6
"""
_MOVEMENTS = """
SELECT id, sku_id, location_id, kind, on_hand_delta, held_delta, owner, cause, actor_id, note, created_at
FROM stock_movement
WHERE store_id = $1 AND sku_id = $2 AND id < $3 AND ($4::uuid IS NULL OR location_id = $4)
ORDER BY id DESC LIMIT $5
"""
_AT_PLACES = """
SELECT l.sku_id, l.location_id, l.on_hand, l.held, l.updated_at
FROM unnest($2::uuid[], $3::uuid[]) AS w (sku_id, location_id)
JOIN stock_level l ON l.sku_id = w.sku_id AND l.location_id = w.location_id
WHERE l.store_id = $1 ORDER BY l.sku_id, l.location_id
"""
_LOWEST, _HIGHEST = UUID(int=0), UUID(int=2**128 - 1)


async def available(pairs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    """Units that can be sold, by (sku, location); 0 where there is no level."""
    found = await db.fetch(_AVAILABLE, [sku for sku, _ in pairs], [location for _, location in pairs])
    return dict.fromkeys(pairs, 0) | {(row["sku_id"], row["location_id"]): row["free"] for row in found}


async def level_page(
    store_id: UUID,
    *,
    sku_ids: Sequence[UUID] | None,
    location_id: UUID | None,
    after: tuple[UUID, UUID] | None,
    limit: int,
) -> list[LevelRow]:
    """Levels in the order of (sku, location), one more than `limit`."""
    start = after or (_LOWEST, _LOWEST)
    skus = None if sku_ids is None else list(sku_ids)
    return await db.rows(LevelRow, _LEVELS, store_id, *start, skus, location_id, limit + 1)


async def levels_at(store_id: UUID, pairs: Sequence[tuple[UUID, UUID]]) -> list[LevelRow]:
    """The levels of these (sku, location)s."""
    distinct = sorted(set(pairs))
    return await db.rows(LevelRow, _AT_PLACES, store_id, [s for s, _ in distinct], [place for _, place in distinct])


async def movement_page(
    store_id: UUID, sku_id: UUID, *, location_id: UUID | None, before: UUID | None, limit: int
) -> list[MovementRow]:
    """A SKU's movements, the newest first, one more than `limit`."""
    return await db.rows(MovementRow, _MOVEMENTS, store_id, sku_id, before or _HIGHEST, location_id, limit + 1)
