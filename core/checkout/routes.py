"""Checkouts, and the refunds of their orders."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ..errors import NotFound, Problem
from ..http.access import SHOPPER, staff
from ..http.caller import Caller
from ..http.idempotency import idempotent, once, recall, replay, slot_of
from ..mall import Mall
from ..orders import routes as order_routes
from ..orders import views as order_views
from ..orders.actors import Actor
from ..orders.refunds import RefundUnits
from ..orders.schemas import OrderView
from ..pricing.views import ExplanationView, explain_priced
from ..stores.queries import StoreRow
from ..types import Money
from . import cancelling, explaining, queries, refunding, views
from .basket import basket_of, price_basket
from .placing import place
from .preparing import PlaceRequest, prepare
from .queries import CheckoutRow
from .schemas import BasketBody, CancelBody, CheckoutView, PlaceBody, QuoteView, RefundBody


@post("/api/checkouts/preview", access=SHOPPER, tags=["checkout"], status_code=200)
async def preview(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
    data: JSONBody[BasketBody],
) -> QuoteView:
    """What this would cost now, and what cannot be sold; nothing is written."""
    basket = await basket_of(mall, caller.shopper_id, data)
    return views.quote_view(await price_basket(mall, basket, caller.shopper_id, locale))


@post("/api/checkouts/preview/explain", access=SHOPPER, tags=["checkout"], status_code=200)
async def explain_preview(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
    data: JSONBody[BasketBody],
) -> ExplanationView:
    """Why this would cost what it would cost now, sentence by sentence; nothing is written."""
    basket = await basket_of(mall, caller.shopper_id, data)
    return ExplanationView(sentences=explain_priced(await price_basket(mall, basket, caller.shopper_id, locale)))


@get("/api/orders/{order_id:uuid}/quote/explain", access=SHOPPER, tags=["orders"])
async def explain_order(
    caller: NamedDependency[Caller], locale: NamedDependency[str], order_id: FromPath[UUID]
) -> ExplanationView:
    """Why one of the caller's orders cost what it cost when it was placed."""
    return ExplanationView(sentences=await explaining.of_order(await order_routes.own(caller, order_id), locale))


@get(
    "/api/stores/{store_ref:str}/staff/orders/{order_id:uuid}/quote/explain",
    access=staff("orders.read"),
    tags=["orders"],
)
async def explain_store_order(
    store: NamedDependency[StoreRow], locale: NamedDependency[str], order_id: FromPath[UUID]
) -> ExplanationView:
    """Why an order cost what it cost, as far as this store is concerned."""
    return ExplanationView(sentences=await explaining.of_order(await order_routes.of_store(store, order_id), locale))


@post("/api/checkouts", access=SHOPPER, tags=["checkout"])
async def place_checkout(
    request: Request[Any, Any, Any],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
    data: JSONBody[PlaceBody],
) -> Response[CheckoutView]:
    """Place one order a store, with one payment. Prices are computed before the transaction opens."""
    slot = await slot_of(request, caller)
    known = await recall(slot)
    if known is not None:
        return replay(*known)
    try:
        draft = await prepare(mall, await _wanted(mall, caller, data, locale))
    except Problem:
        known = await recall(slot)  # the same request may have emptied the cart a moment ago
        if known is None:
            raise
        return replay(*known)

    async def work() -> CheckoutView:
        for problem in (await place(mall, [draft])).values():
            raise problem
        return await _shown(caller, draft.id, locale)

    status, answer, replayed = await once(slot, work, mall.now())
    return replay(status, answer) if replayed else Response(answer, status_code=status)


async def _wanted(mall: Mall, caller: Caller, data: PlaceBody, locale: str) -> PlaceRequest:
    return PlaceRequest(
        account_id=caller.shopper_id,
        basket=await basket_of(mall, caller.shopper_id, data),
        expected_total=Money(data.expected_total.amount, data.expected_total.currency),
        remarks={remark.store_id: remark.text for remark in data.remarks},
        locale=locale,
    )


@get("/api/checkouts/{checkout_id:uuid}", access=SHOPPER, tags=["checkout"])
async def read_checkout(
    caller: NamedDependency[Caller], locale: NamedDependency[str], checkout_id: FromPath[UUID]
) -> CheckoutView:
    """One of the caller's checkouts, with its orders."""
    return await _shown(caller, checkout_id, locale)


@post("/api/checkouts/{checkout_id:uuid}/cancel", access=SHOPPER, tags=["checkout"], status_code=200)
async def cancel_checkout(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
    checkout_id: FromPath[UUID],
    data: JSONBody[CancelBody],
) -> CheckoutView:
    """Cancel what is not paid yet, with all its orders; again changes nothing."""
    row = await _own(caller, checkout_id)
    await cancelling.cancel(mall, row.id, Actor("shopper", caller.account_id), reason=data.reason)
    return await _shown(caller, checkout_id, locale)


@post(
    "/api/stores/{store_ref:str}/staff/orders/{order_id:uuid}/refunds", access=staff("orders.refund"), tags=["orders"]
)
@idempotent
async def refund_order(
    request: Request[Any, Any, Any],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
    locale: NamedDependency[str],
    order_id: FromPath[UUID],
    data: JSONBody[RefundBody],
) -> OrderView:
    """Refund any lines and quantities, or everything that is left."""
    await refunding.refund(
        mall,
        store.id,
        order_id,
        [RefundUnits(line.line_id, line.quantity) for line in data.lines or ()],
        Actor("staff", caller.account_id),
        reason=data.reason,
        restock=data.restock,
    )
    return await order_views.full(await order_routes.of_store(store, order_id), locale, for_staff=True)


async def _own(caller: Caller, checkout_id: UUID) -> CheckoutRow:
    found = await queries.account_checkout(caller.shopper_id, checkout_id)
    if found is None:
        raise NotFound("There is no such checkout.", code="checkout_not_found")
    return found


async def _shown(caller: Caller, checkout_id: UUID, locale: str) -> CheckoutView:
    return await views.checkout_view(await _own(caller, checkout_id), locale)


ROUTES = (
    preview,
    explain_preview,
    place_checkout,
    read_checkout,
    cancel_checkout,
    explain_order,
    explain_store_order,
    refund_order,
)
