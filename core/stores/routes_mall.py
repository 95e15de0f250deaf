"""Stores, for who runs the mall."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, structs

from ..http import cursors
from ..http.access import OPERATOR
from ..http.caller import Caller
from ..http.etag import required_version
from ..http.idempotency import idempotent
from ..http.schemas import Page
from ..mall import Mall
from . import queries, service
from .parameters import Cursor, IfMatch, Limit, versioned
from .profiles import Changes, Details, known_profile
from .queries import StoreRow
from .schemas import StaffStoreView, StandingEdit, StoreBody, staff_view

Text = Annotated[str | None, QueryParameter(min_length=1, max_length=80)]


@post("/api/mall/stores", access=OPERATOR, tags=["mall"])
@idempotent
async def create_store(
    request: Request[Any, Any, Any],
    data: JSONBody[StoreBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
) -> StaffStoreView:
    """Open a store with a default warehouse. 409 `slug_taken`; 422 `unknown_account` for an owner who is not there."""
    details = Details(**{field: getattr(data, field) for field in Details.__struct_fields__})
    made = await service.create_store(
        mall, slug=data.slug, name=data.name, currency=data.currency, owner_id=data.owner_id, details=details
    )
    return staff_view(await known_profile(made.id))


@get("/api/mall/stores", access=OPERATOR, tags=["mall"])
async def list_all_stores(
    q: Text = None,
    closed: FromQuery[bool | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[StaffStoreView]:
    """Every store in the mall's order: all, the closed ones, or the open ones."""
    state = None if closed is None else "closed" if closed else "open"
    after = cursors.decode(cursor, tuple[int, UUID])
    found = await queries.store_page(state=state, brand=None, featured=None, text=q, after=after, limit=limit)
    return cursors.page(found, limit, lambda row: (row.position, row.id), staff_view)


@patch("/api/mall/stores/{store_ref:str}", access=OPERATOR, tags=["mall"])
async def edit_standing(
    data: JSONBody[StandingEdit],
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    if_match: IfMatch = None,
) -> Response[StaffStoreView]:
    """Say whether a store is a brand's, featured, and where it stands in lists. Needs If-Match."""
    sent = {name: value for name, value in structs.asdict(data).items() if value is not UNSET}
    edited = await service.edit_store(mall, store.id, required_version(if_match), Changes(**sent))
    return versioned(staff_view(edited), edited.version)


ROUTES = (create_store, list_all_stores, edit_standing)
