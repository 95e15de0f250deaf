"""Taking a location out of use, which its stock may forbid."""

from __future__ import annotations

from uuid import UUID

from ..storage import db
from ..stores import locations
from ..stores.queries import LocationRow
from .problems import LocationInUse

_STOCKED = """
SELECT EXISTS (
  SELECT FROM stock_level WHERE store_id = $1 AND location_id = $2 AND (on_hand > 0 OR held > 0))
"""


@db.atomic
async def deactivate_location(store_id: UUID, location_id: UUID) -> LocationRow:
    """Take a location without stock out of use; nothing happens when it is so already.

    Raises LocationNotFound, LocationInUse, DefaultLocation.
    """
    await locations.lock(store_id, location_id)
    if await db.fetch_value(_STOCKED, store_id, location_id):
        raise LocationInUse
    return await locations.deactivate(store_id, location_id)
