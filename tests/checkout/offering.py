"""Checkouts at prices that offers have changed: the pure engine prices, the placing writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from galleria.core.checkout.basket import Basket
from galleria.core.checkout.drafts import Draft, Makers, draft
from galleria.core.checkout.placing import place
from galleria.core.ids import new_id
from galleria.core.mall import Mall
from galleria.core.orders.numbers import new_number
from galleria.core.pricing import engine
from galleria.core.pricing.service import Wanted, price
from galleria.core.types import Amount, Offer, Per, Percent, Phase, PriceRequest, Quote, ShippingQuote
from msgspec.structs import replace

from .buying import ADDRESS, capture

Quoting = Callable[[PriceRequest], Quote]


async def drafted(
    mall: Mall, account_id: UUID, wanted: Sequence[tuple[UUID, int]], quoting: Quoting | None = None
) -> Draft:
    """A checkout ready to be written, priced by `quoting` where that is given."""
    basket = Basket(
        wanted=tuple(
            Wanted(line_id=f"line:{i}", sku_id=sku_id, quantity=count) for i, (sku_id, count) in enumerate(wanted)
        ),
        address=ADDRESS,
    )
    priced = await price(mall, basket.wanted, shopper_id=account_id, locale="zh-CN", destination=ADDRESS)
    assert not priced.unavailable
    if quoting is not None:
        priced = replace(priced, quote=quoting(priced.request))
    makers = Makers(new_id, new_number)
    return draft(priced, basket, account_id, {}, now=mall.now(), ttl=mall.settings.payment_ttl, make=makers)


async def bought(
    mall: Mall, account_id: UUID, wanted: Sequence[tuple[UUID, int]], quoting: Quoting | None = None
) -> Draft:
    """Place and pay."""
    written = await drafted(mall, account_id, wanted, quoting)
    assert await place(mall, [written]) == {}
    if written.payment_id is not None:
        await capture(mall, written.payment_id)
        await mall.outbox.deliver(mall.now())
    return written


def offer(phase: Phase, effect: Any, **more: Any) -> Offer:
    fields: dict[str, Any] = {"plugin": "p", "code": "1", "label": "L", "offer_class": "reduction"}
    return Offer(phase=phase, effect=effect, **{**fields, **more})


def a_tenth_off(request: PriceRequest) -> Quote:
    """10 % off all goods, shipping at 6.00 in each store, and 1.00 paid in points."""
    stores = dict.fromkeys(line.store_id for line in request.lines)
    return engine.price(
        request,
        [
            offer(Phase.ORDER_DISCOUNT, Percent(100_000)),
            offer(Phase.TENDER, Amount(100, Per.ONCE), offer_class="points"),
        ],
        shipping=[
            ShippingQuote(store_id=store_id, amount=600, plugin="flat", code="flat", label="F") for store_id in stores
        ],
    )


def by_points_and_balance(request: PriceRequest) -> Quote:
    """1.00 paid in points, and then 5.00 of a balance."""
    return engine.price(
        request,
        [
            offer(Phase.TENDER, Amount(100, Per.ONCE), plugin="points", offer_class="points", reference="account/1"),
            offer(Phase.TENDER, Amount(500, Per.ONCE), plugin="wallet", offer_class="balance", reference="account/2"),
        ],
    )
