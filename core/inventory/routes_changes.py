"""Goods that staff receive, count and move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ..errors import Invalid
from ..http.access import staff
from ..http.caller import Caller
from ..http.idempotency import idempotent
from ..ids import new_id
from ..mall import Mall
from ..stores import locations
from ..stores.queries import LocationRow, StoreRow
from . import places, queries, service
from .schemas import AdjustmentBody, CountItem, ReceiptBody, StockChange, TransferBody, level_view

WRITE = staff("stock.write")

AnyRequest = Request[Any, Any, Any]


@post("/api/stores/{store_ref:str}/staff/stock/receipts", access=WRITE, tags=["stock"])
@idempotent
async def receive(
    request: AnyRequest,
    data: JSONBody[ReceiptBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> StockChange:
    """Add delivered units. 404 `location_not_found`, `sku_not_stocked`; 409 `location_inactive`, `location_is_pool`."""
    await places.require_shelves(store.id, [data.location_id])
    cause, items = new_id(), [(item.sku_id, data.location_id, item.quantity) for item in data.items]
    await service.receive(mall, store.id, items, cause=cause, actor_id=caller.account_id, note=data.note)
    return await _change(store.id, cause, ((sku, place) for sku, place, _ in items))


@post("/api/stores/{store_ref:str}/staff/stock/adjustments", access=WRITE, tags=["stock"])
@idempotent
async def adjust(
    request: AnyRequest,
    data: JSONBody[AdjustmentBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> StockChange:
    """Set the stock to what was counted. 409 `stock_below_held`; 422 `repeated_sku`; else as for a receipt."""
    _require_once(data.items)
    await places.require_shelves(store.id, [data.location_id])
    cause, items = new_id(), [(item.sku_id, data.location_id, item.on_hand) for item in data.items]
    await service.adjust(mall, store.id, items, cause=cause, actor_id=caller.account_id, note=data.note)
    return await _change(store.id, cause, ((sku, place) for sku, place, _ in items))


@post("/api/stores/{store_ref:str}/staff/stock/transfers", access=WRITE, tags=["stock"])
@idempotent
async def transfer(
    request: AnyRequest,
    data: JSONBody[TransferBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> StockChange:
    """Move free units. 409 `out_of_stock` when the source has too few; 422 `same_location`; else as for a receipt."""
    ends, cause = (data.source_id, data.target_id), new_id()
    await places.require_shelves(store.id, ends)
    items = [(item.sku_id, item.quantity) for item in data.items]
    await service.transfer(
        mall, store.id, items, source_id=data.source_id, target_id=data.target_id,
        cause=cause, actor_id=caller.account_id, note=data.note,
    )  # fmt: skip
    return await _change(store.id, cause, ((sku, end) for sku, _ in items for end in ends))


@post(
    "/api/stores/{store_ref:str}/staff/locations/{location_id:uuid}/deactivate",
    access=staff("store.edit"),
    status_code=200,
    tags=["locations"],
)
async def deactivate(location_id: FromPath[UUID], store: NamedDependency[StoreRow]) -> LocationRow:
    """Take a location out of use. 409 `location_in_use` with goods in it, `default_location`, `location_is_pool`."""
    locations.require_by_hand(await locations.known(store.id, location_id))
    return await service.deactivate_location(store.id, location_id)


def _require_once(items: Iterable[CountItem]) -> None:
    seen: set[UUID] = set()
    for number, item in enumerate(items):
        if item.sku_id in seen:
            error = {"path": f"items.{number}.sku_id", "code": "repeated_sku", "detail": str(item.sku_id)}
            raise Invalid("A count names each SKU once.", code="repeated_sku", errors=[error])
        seen.add(item.sku_id)


async def _change(store_id: UUID, cause: UUID, pairs: Iterable[tuple[UUID, UUID]]) -> StockChange:
    left = await queries.levels_at(store_id, list(pairs))
    return StockChange(id=cause, levels=[level_view(level) for level in left])


ROUTES = (receive, adjust, transfer, deactivate)
