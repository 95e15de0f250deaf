"""What a store has, and how that came to be."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from ..http import cursors
from ..http.access import staff
from ..http.schemas import Page
from ..stores.parameters import Cursor, Limit
from ..stores.permissions import MEMBER
from ..stores.queries import StoreRow
from . import places, queries
from .queries import MovementRow
from .schemas import LevelView, level_view

Skus = Annotated[list[UUID] | None, QueryParameter(max_items=100)]


@get("/api/stores/{store_ref:str}/staff/stock", access=MEMBER, tags=["stock"])
async def list_stock(
    store: NamedDependency[StoreRow],
    sku_id: Skus = None,
    location_id: FromQuery[UUID | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[LevelView]:
    """Stock by SKU and location, for everyone who works in the store.

    `sku_id` may be repeated, up to a hundred times, for the SKUs of a product.
    """
    after = cursors.decode(cursor, tuple[UUID, UUID])
    found = await queries.level_page(store.id, sku_ids=sku_id, location_id=location_id, after=after, limit=limit)
    return cursors.page(found, limit, lambda row: (row.sku_id, row.location_id), level_view)


@get("/api/stores/{store_ref:str}/staff/stock/movements", access=staff("stock.write"), tags=["stock"])
async def list_movements(
    store: NamedDependency[StoreRow],
    sku_id: FromQuery[UUID],
    location_id: FromQuery[UUID | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[MovementRow]:
    """A SKU's journal, the newest entry first. 404 `sku_not_stocked`."""
    await places.require_skus(store.id, [sku_id])
    before = cursors.decode(cursor, UUID)
    found = await queries.movement_page(store.id, sku_id, location_id=location_id, before=before, limit=limit)
    return cursors.page(found, limit, lambda row: row.id, lambda row: row)


ROUTES = (list_stock, list_movements)
