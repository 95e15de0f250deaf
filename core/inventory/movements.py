"""The journal of the stock: each level is the sum of its movements, and each cause counts once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..ids import new_id
from ..storage import db
from . import levels
from .levels import Change
from .requests import Place


class Movement(Struct, frozen=True, kw_only=True):
    """One change of a place, by `kind`, for the sake of `cause`."""

    kind: str
    place: Place
    cause: UUID
    on_hand: int = 0
    held: int = 0
    owner: UUID | None = None

    @property
    def key(self) -> tuple[UUID, UUID | None, UUID, UUID, str]:
        """What makes it happen once."""
        return self.cause, self.owner, self.place.sku_id, self.place.location_id, self.kind


_RECORDED = """
SELECT m.cause, m.owner, m.sku_id, m.location_id, m.kind
FROM unnest($1::uuid[], $2::text[]) AS w (cause, kind)
JOIN stock_movement m ON m.cause = w.cause AND m.kind = w.kind
"""
_RECORD = """
INSERT INTO stock_movement
  (id, store_id, sku_id, location_id, kind, on_hand_delta, held_delta, owner, cause, actor_id, note, created_at)
SELECT w.id, w.store_id, w.sku_id, w.location_id, w.kind, w.on_hand, w.held, w.owner, w.cause, $10, $11, $12
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::int[], $8::uuid[], $9::uuid[])
  AS w (id, store_id, sku_id, location_id, kind, on_hand, held, owner, cause)
"""


async def unrecorded(movements: Sequence[Movement]) -> list[Movement]:
    """Those that have not happened yet. Call it with the places, or their holds, locked."""
    pairs = sorted({(movement.cause, movement.kind) for movement in movements})
    found = await db.fetch(_RECORDED, [cause for cause, _ in pairs], [kind for _, kind in pairs])
    known = {tuple(row) for row in found}
    return [movement for movement in movements if movement.key not in known]


async def apply(movements: Sequence[Movement], *, now: datetime, actor_id: UUID | None = None, note: str = "") -> None:
    """Change the levels by the movements, one sum per place, and record them. Raises StockChanged."""
    if movements:
        await levels.change(_sums(movements), now)
        await db.execute(_RECORD, *_columns(movements), actor_id, note, now)


def _sums(movements: Iterable[Movement]) -> dict[Place, Change]:
    found: dict[Place, Change] = {}
    for movement in movements:
        before = found.get(movement.place, Change())
        found[movement.place] = Change(before.on_hand + movement.on_hand, before.held + movement.held)
    return found


def _columns(movements: Sequence[Movement]) -> tuple[list[object], ...]:
    rows = [
        (new_id(), m.place.store_id, m.place.sku_id, m.place.location_id, m.kind, m.on_hand, m.held, m.owner, m.cause)
        for m in movements
    ]
    return tuple(list(column) for column in zip(*rows, strict=True))
