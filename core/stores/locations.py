"""Where a store's goods lie: warehouses, branches that shoppers visit, and the pools of activities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..errors import PreconditionFailed
from ..ids import new_id
from ..mall import Mall
from ..storage import db
from . import hours, queries, rules
from .problems import DefaultLocation, LocationInactive, LocationIsPool, LocationNotFound, NotAWarehouse
from .queries import LOCATION, LocationRow


class SharedLocation(Struct, frozen=True, kw_only=True):
    """A location that is neither changed nor deactivated until the transaction ends."""

    id: UUID
    kind: str
    active: bool


class Place(Struct, frozen=True, kw_only=True):
    """What staff say of a location. Degrees are WGS 84, both or neither; hours as in `hours.py`."""

    name: str
    address: Mapping[str, str] = {}
    latitude: float | None = None
    longitude: float | None = None
    opening_hours: Mapping[str, Sequence[str]] = {}
    time_zone: str = "Asia/Shanghai"


class NewLocation(Place, frozen=True, kw_only=True):
    """`kind` is warehouse, branch or pool."""

    kind: str


_SHARE = """
SELECT id, kind, active FROM location
WHERE store_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR SHARE
"""
_INSERT = f"""
INSERT INTO location (id, store_id, kind, name, address, latitude, longitude, opening_hours, time_zone, active,
  version, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, true, 1, $10) RETURNING {LOCATION}
"""  # noqa: S608  names of fields
_EDIT = f"""
UPDATE location SET name = $4, address = $5, latitude = $6, longitude = $7, opening_hours = $8, time_zone = $9,
  version = version + 1
WHERE store_id = $1 AND id = $2 AND version = $3 AND kind <> 'pool' RETURNING {LOCATION}
"""  # noqa: S608  names of fields
_LOCK = "SELECT id FROM location WHERE store_id = $1 AND id = $2 FOR UPDATE"
_ACTIVATE = """
UPDATE location SET active = $3, version = version + 1 WHERE store_id = $1 AND id = $2 AND active <> $3
"""
_DEFAULT = """
UPDATE store SET default_location_id = $2, version = version + 1, updated_at = $3
WHERE id = $1 AND default_location_id IS DISTINCT FROM $2
"""
_IS_DEFAULT = "SELECT EXISTS (SELECT FROM store WHERE id = $1 AND default_location_id = $2)"


async def share(store_id: UUID, location_ids: Sequence[UUID]) -> dict[UUID, SharedLocation]:
    """Those of the locations that are the store's, locked against changes, by id."""
    found = await db.rows(SharedLocation, _SHARE, store_id, list(location_ids))
    return {location.id: location for location in found}


async def known(store_id: UUID, location_id: UUID) -> LocationRow:
    """Raises LocationNotFound when the store has no such location."""
    found = await queries.location(store_id, location_id)
    if found is None:
        raise LocationNotFound(location_id=str(location_id))
    return found


async def add_location(mall: Mall, store_id: UUID, place: NewLocation) -> LocationRow:
    """Add a warehouse or a branch. Raises Invalid for hours, time zones and coordinates that cannot be."""
    return await insert(store_id, place, now=mall.now())


async def open_pool(mall: Mall, store_id: UUID, name: str) -> LocationRow:
    """Make a location for the stock of an activity. For activities alone: staff neither make nor change pools."""
    return await insert(store_id, NewLocation(kind="pool", name=name), now=mall.now())


async def insert(store_id: UUID, place: NewLocation, *, now: datetime, identity: UUID | None = None) -> LocationRow:
    """Write a location of any kind. Raises Invalid."""
    made = await db.row(LocationRow, _INSERT, identity or new_id(), store_id, place.kind, *_values(place), now)
    if made is None:
        raise AssertionError("an insert returns its row")
    return made


async def edit_location(store_id: UUID, location_id: UUID, version: int, place: Place) -> LocationRow:
    """Replace what is said of a location that is still at `version`.

    Raises LocationNotFound, LocationIsPool, PreconditionFailed, Invalid.
    """
    found = await db.row(LocationRow, _EDIT, store_id, location_id, version, *_values(place))
    if found is None:
        current = await known(store_id, location_id)
        require_by_hand(current)
        raise PreconditionFailed(version=current.version)
    return found


def require_by_hand(location: LocationRow) -> None:
    """Raises LocationIsPool: staff do not manage pools."""
    if location.kind == "pool":
        raise LocationIsPool(location_id=str(location.id))


def _values(place: Place) -> tuple[object, ...]:
    name = place.name.strip()
    if not 0 < len(name) <= rules.LONGEST_NAME:
        rules.refuse("name", "invalid_name", f"Give a name of 1 to {rules.LONGEST_NAME} characters.")
    rules.coordinates(place.latitude, place.longitude)
    opening, zone = hours.checked(place.opening_hours), rules.time_zone(place.time_zone)
    return name, place.address, place.latitude, place.longitude, opening, zone


async def lock(store_id: UUID, location_id: UUID) -> LocationRow:
    """The location, which nobody else changes or brings goods to until the transaction ends."""
    await db.execute(_LOCK, store_id, location_id)
    return await known(store_id, location_id)


@db.atomic
async def deactivate(store_id: UUID, location_id: UUID) -> LocationRow:
    """Take a location out of use; nothing happens when it is so already.

    Whether goods lie there is not known here: the stock's own `deactivate_location` looks first. Raises
    LocationNotFound, DefaultLocation.
    """
    await lock(store_id, location_id)
    if await db.fetch_value(_IS_DEFAULT, store_id, location_id):
        raise DefaultLocation
    await db.execute(_ACTIVATE, store_id, location_id, False)
    return await known(store_id, location_id)


async def activate(store_id: UUID, location_id: UUID) -> LocationRow:
    """Put a location back into use. Raises LocationNotFound, LocationIsPool."""
    require_by_hand(await known(store_id, location_id))
    await db.execute(_ACTIVATE, store_id, location_id, True)
    return await known(store_id, location_id)


@db.atomic
async def set_default(mall: Mall, store_id: UUID, location_id: UUID) -> None:
    """Have orders held at another warehouse from now on; holds and stock stay where they are.

    Raises LocationNotFound, LocationInactive, NotAWarehouse.
    """
    found = (await share(store_id, [location_id])).get(location_id)
    if found is None:
        raise LocationNotFound(location_id=str(location_id))
    if not found.active:
        raise LocationInactive(location_id=str(location_id))
    if found.kind != "warehouse":
        raise NotAWarehouse
    await db.execute(_DEFAULT, store_id, location_id, mall.now())
