"""Whether a store may have goods at a place: its own location, in use, and a SKU that it stocks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from ..storage import db
from ..stores import locations
from ..stores.locations import SharedLocation
from ..stores.problems import LocationInactive, LocationIsPool, LocationNotFound
from .problems import SkuNotStocked

_STOCKED = "SELECT DISTINCT sku_id FROM stock_level WHERE store_id = $1 AND sku_id = ANY ($2::uuid[])"


async def require_locations(store_id: UUID, location_ids: Collection[UUID]) -> dict[UUID, SharedLocation]:
    """The store's locations, which stay in use until the transaction ends.

    Raises LocationNotFound for another store's, LocationInactive for one out of use.
    """
    wanted = sorted(set(location_ids))
    found = await locations.share(store_id, wanted)
    for location_id in wanted:
        if location_id not in found:
            raise LocationNotFound(location_id=str(location_id))
        if not found[location_id].active:
            raise LocationInactive(location_id=str(location_id))
    return found


async def require_shelves(store_id: UUID, location_ids: Collection[UUID]) -> None:
    """Like `require_locations`, and raises LocationIsPool: staff move no activity's units by hand."""
    for location in (await require_locations(store_id, location_ids)).values():
        if location.kind == "pool":
            raise LocationIsPool(location_id=str(location.id))


async def require_skus(store_id: UUID, sku_ids: Sequence[UUID]) -> None:
    """Raises SkuNotStocked, naming each SKU that has no level anywhere in the store."""
    found = {row["sku_id"] for row in await db.fetch(_STOCKED, store_id, list(sku_ids))}
    missing = sorted(set(sku_ids) - found)
    if missing:
        raise SkuNotStocked(errors=[{"path": str(sku_id), "code": "sku_not_stocked"} for sku_id in missing])
