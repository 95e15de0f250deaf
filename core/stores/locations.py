"""Where a store's goods lie: warehouses, branches that shoppers visit, and the pools of activities."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from ..storage import db


class SharedLocation(Struct, frozen=True, kw_only=True):
    """A location that is neither changed nor deactivated until the transaction ends."""

    id: UUID
    kind: str
    active: bool


_SHARE = """
SELECT id, kind, active FROM location
WHERE store_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR SHARE
"""


async def share(store_id: UUID, location_ids: Sequence[UUID]) -> dict[UUID, SharedLocation]:
    """Those of the locations that are the store's, locked against changes, by id."""
    found = await db.rows(SharedLocation, _SHARE, store_id, list(location_ids))
    return {location.id: location for location in found}
