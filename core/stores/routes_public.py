"""Stores, for shoppers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from ..http import cursors
from ..http.access import PUBLIC, SHOPPER
from ..http.caller import Caller
from ..http.etag import tagged
from ..http.schemas import Page
from ..mall import Mall
from . import permissions, queries
from .parameters import Cursor, Limit
from .profiles import known_profile
from .queries import StoreRow
from .schemas import (
    BranchView,
    StoreCard,
    StoreView,
    WorkplaceView,
    branch_view,
    store_card,
    store_view,
    workplace_view,
)

Text = Annotated[str | None, QueryParameter(min_length=1, max_length=80)]


@get("/api/stores", access=PUBLIC, tags=["stores"])
async def list_stores(
    locale: NamedDependency[str],
    brand: FromQuery[bool | None] = None,
    featured: FromQuery[bool | None] = None,
    q: Text = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[StoreCard]:
    """The open stores in the mall's order; brands' or not, featured or not, or those whose name contains `q`."""
    after = cursors.decode(cursor, tuple[int, UUID])
    found = await queries.store_page(state="open", brand=brand, featured=featured, text=q, after=after, limit=limit)
    return cursors.page(found, limit, lambda row: (row.position, row.id), lambda row: store_card(row, locale))


@get("/api/stores/{store_ref:str}", access=PUBLIC, tags=["stores"])
async def get_store(
    request: Request[Any, Any, Any], store: NamedDependency[StoreRow], locale: NamedDependency[str]
) -> Response[StoreView]:
    """One store by id or slug, with its ETag. A closed one says so."""
    return tagged(request, store_view(await known_profile(store.id), locale))


@get("/api/stores/{store_ref:str}/branches", access=PUBLIC, tags=["stores"])
async def list_branches(
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[BranchView]:
    """The branches that shoppers can visit, the oldest first, and whether each is open at this moment."""
    after, opened, now = cursors.decode(cursor, UUID), store.state == "open", mall.now()
    found = await queries.location_page(store.id, kind="branch", active=True, after=after, limit=limit)
    return cursors.page(found, limit, lambda row: row.id, lambda row: branch_view(row, store_open=opened, now=now))


@get("/api/me/stores", access=SHOPPER, tags=["me"])
async def list_workplaces(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[WorkplaceView]:
    """The stores that the caller works for, with role and permissions."""
    found = await queries.workplaces(caller.shopper_id, after=cursors.decode(cursor, UUID), limit=limit)
    every = permissions.known(mall)
    return cursors.page(found, limit, lambda row: row.id, lambda row: workplace_view(row, locale, every))


ROUTES = (list_stores, get_store, list_branches, list_workplaces)
