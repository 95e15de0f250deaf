"""Where a store's goods lie, for its staff."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import to_builtins

from ..http import cursors
from ..http.access import staff
from ..http.caller import Caller
from ..http.etag import required_version
from ..http.idempotency import idempotent
from ..http.schemas import Page
from ..mall import Mall
from . import locations, queries, service
from .locations import NewLocation, Place
from .parameters import Cursor, IfMatch, Limit, versioned
from .permissions import MEMBER
from .queries import LocationRow, StoreRow
from .schemas import LocationBody, LocationEdit

EDIT = staff("store.edit")

Kind = Literal["warehouse", "branch", "pool"]


@get("/api/stores/{store_ref:str}/staff/locations", access=MEMBER, tags=["locations"])
async def list_locations(
    store: NamedDependency[StoreRow],
    kind: FromQuery[Kind | None] = None,
    active: FromQuery[bool | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[LocationRow]:
    """Warehouses, branches and pools of the store, the oldest first, for everyone who works there."""
    after = cursors.decode(cursor, UUID)
    found = await queries.location_page(store.id, kind=kind, active=active, after=after, limit=limit)
    return cursors.page(found, limit, lambda row: row.id, lambda row: row)


@get("/api/stores/{store_ref:str}/staff/locations/{location_id:uuid}", access=MEMBER, tags=["locations"])
async def get_location(location_id: FromPath[UUID], store: NamedDependency[StoreRow]) -> Response[LocationRow]:
    """One location; the ETag is its version. 404 `location_not_found`."""
    found = await locations.known(store.id, location_id)
    return versioned(found, found.version)


@post("/api/stores/{store_ref:str}/staff/locations", access=EDIT, tags=["locations"])
@idempotent
async def add_location(
    request: Request[Any, Any, Any],
    data: JSONBody[LocationBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> LocationRow:
    """Add a warehouse or a branch. 422 `invalid_opening_hours`, `invalid_time_zone`, `invalid_coordinates`."""
    return await service.add_location(mall, store.id, NewLocation(kind=data.kind, **_said(data)))


@put("/api/stores/{store_ref:str}/staff/locations/{location_id:uuid}", access=EDIT, tags=["locations"])
async def edit_location(
    location_id: FromPath[UUID],
    data: JSONBody[LocationEdit],
    store: NamedDependency[StoreRow],
    if_match: IfMatch = None,
) -> Response[LocationRow]:
    """Replace what is said of a location. Needs If-Match. 409 `location_is_pool`."""
    version = required_version(if_match)
    found = await service.edit_location(store.id, location_id, version, Place(**_said(data)))
    return versioned(found, found.version)


@post(
    "/api/stores/{store_ref:str}/staff/locations/{location_id:uuid}/activate",
    access=EDIT,
    status_code=200,
    tags=["locations"],
)
async def activate_location(location_id: FromPath[UUID], store: NamedDependency[StoreRow]) -> LocationRow:
    """Put a location back into use."""
    return await service.activate(store.id, location_id)


def _said(data: LocationEdit) -> dict[str, Any]:
    said = {field: getattr(data, field) for field in Place.__struct_fields__}
    return said | {"address": {} if data.address is None else to_builtins(data.address)}


ROUTES = (list_locations, get_location, add_location, edit_location, activate_location)
