"""A store's profile, for its staff."""

from __future__ import annotations

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import UNSET, structs

from ..http.access import staff
from ..http.etag import required_version
from ..mall import Mall
from . import service
from .parameters import IfMatch, versioned
from .profiles import Changes, known_profile
from .queries import StoreProfile, StoreRow
from .schemas import DefaultLocationBody, StaffStoreView, StoreEdit, staff_view

EDIT = staff("store.edit")


def _answer(store: StoreProfile) -> Response[StaffStoreView]:
    return versioned(staff_view(store), store.version)


@get("/api/stores/{store_ref:str}/staff/profile", access=EDIT, tags=["stores"])
async def get_profile(store: NamedDependency[StoreRow]) -> Response[StaffStoreView]:
    """All of the store, in every language; the ETag is its version."""
    return _answer(await known_profile(store.id))


@patch("/api/stores/{store_ref:str}/staff/profile", access=EDIT, tags=["stores"])
async def edit_profile(
    data: JSONBody[StoreEdit], mall: NamedDependency[Mall], store: NamedDependency[StoreRow], if_match: IfMatch = None
) -> Response[StaffStoreView]:
    """Change what is sent. Needs If-Match; 412 when somebody else was faster."""
    sent = {name: value for name, value in structs.asdict(data).items() if value is not UNSET}
    return _answer(await service.edit_store(mall, store.id, required_version(if_match), Changes(**sent)))


@post("/api/stores/{store_ref:str}/staff/open", access=EDIT, status_code=200, tags=["stores"])
async def open_store(mall: NamedDependency[Mall], store: NamedDependency[StoreRow]) -> Response[StaffStoreView]:
    """Sell again."""
    return _answer(await service.set_state(mall, store.id, "open"))


@post("/api/stores/{store_ref:str}/staff/close", access=EDIT, status_code=200, tags=["stores"])
async def close_store(mall: NamedDependency[Mall], store: NamedDependency[StoreRow]) -> Response[StaffStoreView]:
    """Leave the mall's lists and sell nothing; orders that are placed go on."""
    return _answer(await service.set_state(mall, store.id, "closed"))


@put("/api/stores/{store_ref:str}/staff/default-location", access=EDIT, tags=["stores"])
async def set_default_location(
    data: JSONBody[DefaultLocationBody], mall: NamedDependency[Mall], store: NamedDependency[StoreRow]
) -> Response[StaffStoreView]:
    """Hold new orders at another warehouse. 404 `location_not_found`, 409 `location_inactive`, `not_a_warehouse`."""
    await service.set_default(mall, store.id, data.location_id)
    return _answer(await known_profile(store.id))


ROUTES = (get_profile, edit_profile, open_store, close_store, set_default_location)
