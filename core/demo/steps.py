"""What happens to a placed checkout and its orders. Each step looks at the state first, and does nothing when it
has been taken already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from msgspec import Struct

from ..accounts import queries as accounts
from ..checkout import cancelling, queries, refunding
from ..errors import NotFound, Unavailable
from ..mall import Mall
from ..orders import fulfilment
from ..orders import queries as orders
from ..orders.actors import SYSTEM, Actor
from ..orders.queries import OrderRow
from ..orders.refunds import RefundUnits
from ..stores.queries import stores_by_ids
from . import sweeping
from .paying import Pay
from .reading import OrderData, StoreData, mall_data, store_data


class Journey(Struct, frozen=True, kw_only=True):
    """A checkout on its way."""

    mall: Mall
    checkout_id: UUID
    data: OrderData
    pay: Pay | None


async def lead(mall: Mall, checkout_id: UUID, data: OrderData, pay: Pay | None) -> None:
    """Take the steps that have not been taken."""
    journey = Journey(mall=mall, checkout_id=checkout_id, data=data, pay=pay)
    for step in data.steps:
        await _STEPS[step](journey)


async def _cancel(journey: Journey) -> None:
    row = await _checkout(journey)
    if row.state == "placed":
        actor = Actor("shopper", row.account_id)
        await cancelling.cancel(journey.mall, row.id, actor, reason=journey.data.reason)


async def _expire(journey: Journey) -> None:
    """As the sweep does to each that is due."""
    if (await _checkout(journey)).state == "placed":
        await cancelling.cancel(journey.mall, journey.checkout_id, SYSTEM, reason="expired")


async def _pay(journey: Journey) -> None:
    row = await _checkout(journey)
    if row.state != "placed":
        return
    if journey.pay is not None and row.payment_id is not None:
        await journey.pay(journey.mall, row.account_id, row.payment_id)
        await sweeping.settle(journey.mall)
    if (await _checkout(journey)).state != "paid":
        raise Unavailable("It was paid for, but the payment has not been settled.", code="payment_not_settled")


async def _ship(journey: Journey) -> None:
    for order in await orders.checkout_orders(journey.checkout_id):
        if order.state == "paid":
            await _send(journey.mall, order)


async def _send(mall: Mall, order: OrderRow) -> None:
    store, number = await _store(order.store_id), f"DEMO{order.number}"
    await fulfilment.ship(
        mall, order.store_id, order.id, await _owner(store), carrier=store.carrier, tracking_number=number, units=()
    )


async def _receive(journey: Journey) -> None:
    for order in await orders.checkout_orders(journey.checkout_id):
        if order.state == "fulfilling":
            await fulfilment.receive(journey.mall, order, Actor("shopper", order.account_id))


async def _refund(journey: Journey) -> None:
    await _give_back(journey, journey.data.refund)


async def _refund_all(journey: Journey) -> None:
    await _give_back(journey, {})


async def _give_back(journey: Journey, wanted: Mapping[str, int]) -> None:
    """Refund units by SKU code, or all of them; then let the provider give the money back."""
    for order in await orders.checkout_orders(journey.checkout_id):
        if order.paid_at is not None and not order.refunded:
            lines = await orders.lines([order.id])
            units = [RefundUnits(line.id, wanted[line.sku_code]) for line in lines if line.sku_code in wanted]
            if units or not wanted:
                await _refund_units(journey, order, units)
    await sweeping.settle(journey.mall)


async def _refund_units(journey: Journey, order: OrderRow, units: list[RefundUnits]) -> None:
    data, actor = journey.data, await _owner(await _store(order.store_id))
    await refunding.refund(
        journey.mall, order.store_id, order.id, units, actor, reason=data.reason, restock=data.restock
    )


async def _store(store_id: UUID) -> StoreData:
    slug = (await stores_by_ids([store_id]))[store_id].slug
    return next(store for store in map(store_data, mall_data().stores) if store.slug == slug)


async def _owner(store: StoreData) -> Actor:
    found = await accounts.account_by_identifier(store.owner.email)
    return Actor("staff", found.id if found else None)


async def _checkout(journey: Journey) -> queries.CheckoutRow:
    found = await queries.checkout(journey.checkout_id)
    if found is None:
        raise NotFound("There is no such checkout.", code="checkout_not_found")
    return found


_STEPS: Mapping[str, Callable[[Journey], Awaitable[None]]] = {
    "cancel": _cancel,
    "expire": _expire,
    "pay": _pay,
    "ship": _ship,
    "receive": _receive,
    "refund": _refund,
    "refund_all": _refund_all,
}
