"""Orders: the shopper's own, and the store's for its staff."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from ..errors import Invalid, NotFound
from ..http import cursors
from ..http.access import SHOPPER, staff
from ..http.caller import Caller
from ..http.idempotency import idempotent
from ..http.schemas import Page
from ..mall import Mall
from ..stores.queries import StoreRow
from . import fulfilment, numbers, queries, views
from .actors import Actor
from .fulfilment import Shipped
from .queries import Filter, OrderRow
from .schemas import OrderSummary, OrderView, ParcelBody

State = Literal["placed", "paid", "fulfilling", "completed", "cancelled"]
OrderState = Annotated[State | None, QueryParameter(name="state")]
Limit = Annotated[int, QueryParameter(ge=1, le=cursors.MAX_LIMIT)]


@get("/api/orders", access=SHOPPER, tags=["orders"])
async def my_orders(
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
    order_state: OrderState = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
) -> Page[OrderSummary]:
    """The caller's orders, newest first."""
    wanted = Filter(state=order_state, before=cursors.decode(cursor, UUID), limit=limit)
    return await _page(await queries.of_account(caller.shopper_id, wanted), limit, locale)


@get("/api/orders/{order_id:uuid}", access=SHOPPER, tags=["orders"])
async def my_order(
    caller: NamedDependency[Caller], locale: NamedDependency[str], order_id: FromPath[UUID]
) -> OrderView:
    """One of the caller's orders."""
    return await views.full(await own(caller, order_id), locale)


@post("/api/orders/{order_id:uuid}/receive", access=SHOPPER, tags=["orders"], status_code=200)
async def receive_order(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
    order_id: FromPath[UUID],
) -> OrderView:
    """The caller has everything that was sent; the order completes when nothing is left to send."""
    await fulfilment.receive(mall, await own(caller, order_id), Actor("shopper", caller.account_id))
    return await views.full(await own(caller, order_id), locale)


@post("/api/orders/{order_id:uuid}/parcels/{parcel_id:uuid}/receive", access=SHOPPER, tags=["orders"], status_code=200)
async def receive_parcel(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
    order_id: FromPath[UUID],
    parcel_id: FromPath[UUID],
) -> OrderView:
    """One parcel has arrived."""
    await fulfilment.receive(mall, await own(caller, order_id), Actor("shopper", caller.account_id), parcel_id)
    return await views.full(await own(caller, order_id), locale)


@get("/api/stores/{store_ref:str}/staff/orders", access=staff("orders.read"), tags=["orders"])
async def store_orders(
    store: NamedDependency[StoreRow],
    locale: NamedDependency[str],
    order_state: OrderState = None,
    number: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
) -> Page[OrderSummary]:
    """The store's orders, newest first; `number` as somebody reads it out."""
    wanted = Filter(state=order_state, number=_number(number), before=cursors.decode(cursor, UUID), limit=limit)
    return await _page(await queries.of_store(store.id, wanted), limit, locale)


@get("/api/stores/{store_ref:str}/staff/orders/{order_id:uuid}", access=staff("orders.read"), tags=["orders"])
async def store_order(
    store: NamedDependency[StoreRow], locale: NamedDependency[str], order_id: FromPath[UUID]
) -> OrderView:
    """One of the store's orders, with who bought it."""
    return await views.full(await of_store(store, order_id), locale, for_staff=True)


@post(
    "/api/stores/{store_ref:str}/staff/orders/{order_id:uuid}/parcels", access=staff("orders.fulfil"), tags=["orders"]
)
@idempotent
async def ship_parcel(
    request: Request[Any, Any, Any],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
    locale: NamedDependency[str],
    order_id: FromPath[UUID],
    data: JSONBody[ParcelBody],
) -> OrderView:
    """Send a parcel of some units, or of everything that is left."""
    units = [Shipped(line.line_id, line.quantity) for line in data.lines or ()]
    await fulfilment.ship(
        mall,
        store.id,
        order_id,
        Actor("staff", caller.account_id),
        carrier=data.carrier,
        tracking_number=data.tracking_number,
        units=units,
    )
    return await views.full(await of_store(store, order_id), locale, for_staff=True)


@post(
    "/api/stores/{store_ref:str}/staff/orders/{order_id:uuid}/complete",
    access=staff("orders.fulfil"),
    tags=["orders"],
    status_code=200,
)
async def complete_order(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
    locale: NamedDependency[str],
    order_id: FromPath[UUID],
) -> OrderView:
    """Close an order of which nothing is left to send."""
    await fulfilment.complete(mall, store.id, order_id, Actor("staff", caller.account_id))
    return await views.full(await of_store(store, order_id), locale, for_staff=True)


async def own(caller: Caller, order_id: UUID) -> OrderRow:
    """Raises NotFound (`order_not_found`) for another shopper's order too."""
    order = await queries.account_order(caller.shopper_id, order_id)
    if order is None:
        raise NotFound("There is no such order.", code="order_not_found")
    return order


async def of_store(store: StoreRow, order_id: UUID) -> OrderRow:
    """Raises NotFound (`order_not_found`) for another store's order too."""
    order = await queries.store_order(store.id, order_id)
    if order is None:
        raise NotFound("There is no such order in this store.", code="order_not_found")
    return order


async def _page(orders: list[OrderRow], limit: int, locale: str) -> Page[OrderSummary]:
    shown = await views.summaries(orders[:limit], locale)
    return cursors.page(orders, limit, lambda order: order.id, lambda order: shown[order.id])


def _number(text: str | None) -> str | None:
    if text is None:
        return None
    number = numbers.normalise(text)
    if number is None:
        raise Invalid("This is not an order number; one character may be misread.", code="order_number_invalid")
    return number


ROUTES = (
    my_orders,
    my_order,
    receive_order,
    receive_parcel,
    store_orders,
    store_order,
    ship_parcel,
    complete_order,
)
