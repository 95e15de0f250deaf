"""The demo's checkouts: each is placed once, then led to the state that it is to show.

A checkout's id is derived from its key, so a later run finds it. What its orders have gone through is read
from their states: a run that was interrupted is taken up where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from msgspec.structs import replace

from ..accounts import queries as accounts
from ..catalog import drafts, skus
from ..checkout import queries
from ..checkout.basket import Basket, basket_of, price_basket
from ..checkout.drafts import Draft
from ..checkout.placing import place
from ..checkout.preparing import PlaceRequest, prepare
from ..checkout.schemas import BasketBody, LineBody
from ..clock import Clock
from ..errors import NotFound, Problem
from ..mall import Mall
from ..stores.queries import store_by_ref
from ..types import Money
from . import steps
from .paying import Pay
from .reading import OrderData, ProductData, StoreData, mall_data, store_data
from .work import Work

_NAMES = UUID("4be3fb5a-6d2c-4f0b-9b1e-6c0e0d7a5d11")
PATIENCE = timedelta(days=30)
"""How long the demo's unpaid checkouts wait, so that one can be seen for longer than the usual half hour."""


async def all_of(work: Work, wanted: Sequence[OrderData], pay: Pay | None) -> None:
    """Have these checkouts. Those that need a payment are left out when nobody can pay."""
    unpaid = [data.key for data in wanted if "pay" in data.steps and pay is None]
    for data in wanted:
        if data.key not in unpaid:
            await _one(work, data, pay)
    if unpaid:
        work.skip(f"No installed payment provider pays by itself: {len(unpaid)} paid orders were left out.")


async def _one(work: Work, data: OrderData, pay: Pay | None) -> None:
    checkout_id = uuid5(_NAMES, data.key)
    try:
        if await queries.checkout(checkout_id) is None:
            await _place(_patient(work.mall, data), data, checkout_id)
            work.made["checkouts"] += 1
        await steps.lead(work.mall, checkout_id, data, pay)
    except Problem as problem:
        work.skip(f"The order {data.key!r} could not be brought to its state: {problem.detail} ({problem.code})")


def _patient(mall: Mall, data: OrderData) -> Mall:
    """The mall with a long time to pay; for a checkout that is to expire, the mall as it was when that began."""
    settings, ago = replace(mall.settings, payment_ttl=int(PATIENCE.total_seconds())), timedelta()
    if "expire" in data.steps:
        settings, ago = mall.settings, timedelta(seconds=mall.settings.payment_ttl)
    return Mall(
        settings=settings,
        clock=Clock(lambda: mall.now() - ago),
        plugins=mall.plugins,
        outbox=mall.outbox,
        redis=mall.redis,
    )


async def _place(mall: Mall, data: OrderData, checkout_id: UUID) -> None:
    shopper = await accounts.account_by_identifier(data.shopper)
    if shopper is None:
        raise NotFound(f"{data.shopper} has no account.", code="account_not_found")
    basket = await _basket(mall, shopper.id, data)
    draft = await prepare(mall, await _request(mall, shopper.id, basket, data))
    for problem in (await place(mall, [_named(draft, checkout_id)])).values():
        raise problem


async def _basket(mall: Mall, account_id: UUID, data: OrderData) -> Basket:
    home = next(address for address in await accounts.addresses(account_id) if address.is_default)
    lines = [LineBody(sku_id=await _sku(code), quantity=count) for code, count in data.lines.items()]
    return await basket_of(mall, account_id, BasketBody(lines=lines, address_id=home.id))


async def _request(mall: Mall, account_id: UUID, basket: Basket, data: OrderData) -> PlaceRequest:
    """What a buyer sends who has just been shown the total."""
    shown = await price_basket(mall, basket, account_id, mall.settings.locale)
    return PlaceRequest(
        account_id=account_id,
        basket=basket,
        expected_total=Money(shown.quote.totals.total, shown.quote.currency),
        remarks=dict.fromkeys(shown.stores, data.remark),
        locale=mall.settings.locale,
    )


def _named(draft: Draft, checkout_id: UUID) -> Draft:
    orders = tuple(replace(order, checkout_id=checkout_id) for order in draft.orders)
    return replace(draft, id=checkout_id, orders=orders)


async def _sku(code: str) -> UUID:
    """The SKU of a code, in the demo's store that has it. Raises NotFound."""
    store, product = _where(code)
    row = await store_by_ref(store.slug)
    kept = await drafts.kept(row.id, code=product.code, limit=1) if row else []
    found = [sku.id for one in kept for sku in await skus.of_product(one.id) if sku.code == code]
    if not found:
        raise NotFound(f"There is no SKU {code}.", code="sku_not_found")
    return found[0]


def _where(code: str) -> tuple[StoreData, ProductData]:
    return _places()[code.rpartition("-")[0]]


def _places() -> Mapping[str, tuple[StoreData, ProductData]]:
    stores = [store_data(name) for name in mall_data().stores]
    return {product.code: (store, product) for store in stores for product in store.products}
