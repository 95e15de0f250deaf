"""Checkouts to price: a realistic one of any size, and the worst that a store's data can build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..core.types import (
    Amount,
    BuyGet,
    Effect,
    FixedPrice,
    Measure,
    Offer,
    Per,
    Percent,
    Phase,
    PriceLine,
    PriceRequest,
    ShippingQuote,
    TaxRow,
    Threshold,
    Tier,
    Tiered,
)

STORES = 5
_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ONE_PHASE = (Phase.ORDER_DISCOUNT,)
_LINES = (Phase.LINE_DISCOUNT,)
_FOUR_PHASES = (Phase.LINE_DISCOUNT, Phase.ORDER_DISCOUNT, Phase.SHIPPING_DISCOUNT, Phase.TENDER)


class Case(Struct, frozen=True):
    """Everything that one price is made of."""

    request: PriceRequest
    offers: tuple[Offer, ...]
    shipping: tuple[ShippingQuote, ...]
    taxes: tuple[TaxRow, ...]


def realistic(lines: int, offers: int) -> Case:
    """A mixed basket of five stores: in turn a seckill, a member price, discounts, coupons, a fee, points."""
    goods = [_line(i, 990 + 130 * i, 1 + i % 3) for i in range(lines)]
    return _case(goods, [_everyday(n, [line.id for line in goods]) for n in range(offers)])


def _everyday(n: int, ids: list[str]) -> Offer:
    store_id = UUID(int=1 + n // 10 % STORES)
    tiers = Tiered(Measure.AMOUNT, (Tier(10_000, Amount(1_000, Per.ONCE)), Tier(30_000, Amount(4_000, Per.ONCE))))
    kinds: list[tuple[Phase, str, Effect, dict[str, Any]]] = [
        (Phase.UNIT_PRICE, "activity", FixedPrice(800), {"benefit": ids[n::7], "combines_with": ("reduction",)}),
        (Phase.UNIT_PRICE, "member", Percent(50_000), {}),
        (Phase.LINE_DISCOUNT, "activity", Percent(100_000), {"benefit": ids[n % 4 :: 4]}),
        (Phase.LINE_DISCOUNT, "activity", BuyGet(2, 1), {"benefit": ids[n % 5 :: 5], "uses_up_units": True}),
        (Phase.ORDER_DISCOUNT, "reduction", Amount(1_500, Per.ONCE), {"store_id": store_id}),
        (Phase.ORDER_DISCOUNT, "reduction", tiers, {}),
        (
            Phase.ORDER_DISCOUNT,
            "coupon",
            Amount(2_000, Per.ONCE),
            {"combines_with": ("activity", "member", "reduction")},
        ),
        (Phase.SHIPPING_DISCOUNT, "activity", Percent(1_000_000), {"threshold": Threshold(9_900)}),
        (Phase.FEE, "fee", Amount(100, Per.ONCE), {"store_id": store_id}),
        (Phase.TENDER, "points", Percent(500_000), {"cap": 2_000}),
    ]
    phase, offer_class, effect, more = kinds[n % len(kinds)]
    return _offer(n, phase, effect, {"offer_class": offer_class, **more})


def worst_cases(lines: int = 200, offers: int = 60) -> dict[str, Case]:
    """Crowded levels by description: whatever makes the search long, its steps dear, or the rest of it slow."""
    half, dear = Percent(130_000), 10**9
    sets = BuyGet(2, 1, 500_000)
    tiers = Tiered(Measure.COUNT, tuple(Tier(at, Percent(at * 10_000 + 7)) for at in range(1, 31)))

    def every(effect: Effect) -> Callable[[int], Effect]:
        return lambda _: effect

    def crowd(effect: Callable[[int], Effect], phases: tuple[Phase, ...] = _ONE_PHASE, **more: Any) -> Case:
        return _crowd(lines, offers, effect, phases, more)

    def mixed(n: int) -> Effect:
        return (half, Amount(900 + n, Per.LINE), FixedPrice(700, Per.LINE), sets)[n % 4]

    return {
        "percentages that half of the others exclude": crowd(every(half)),
        "percentages that a tenth of the others exclude": crowd(every(half), density=0.1),
        "buy-x-get-y that use up units, by chance exclusive": crowd(every(sets), uses_up_units=True),
        "buy-x-get-y of many units each": crowd(every(sets), quantity=997, uses_up_units=True),
        "buy-x-get-y that exclude nothing": crowd(every(sets), density=0, uses_up_units=True),
        "sums over lines at their minimum price": crowd(lambda n: Amount(401 * (n + 1), Per.ONCE), tight=True),
        "sums that exclude nothing, at minimum prices": crowd(every(Amount(2_001, Per.ONCE)), density=0, tight=True),
        "capped percentages of dear lines": crowd(every(half), price=dear, cap=10**9 + 1),
        "tiers by count with thresholds": crowd(every(tiers), threshold=Threshold(1, 1), uses_up_units=True),
        "buy-x-get-y of twenty groups": crowd(every(sets), _LINES, groups=20, density=0, price=10**6, some=0.5),
        "line discounts of thirty groups on dear lines": crowd(mixed, _LINES, groups=30, density=0, price=10**6),
        "tenders of thirty groups": crowd(every(Amount(10**6, Per.ONCE)), (Phase.TENDER,), groups=30, density=0),
        "shipping discounts by count": crowd(
            every(half), (Phase.SHIPPING_DISCOUNT,), density=0.05, threshold=Threshold(1, 1), uses_up_units=True
        ),
        "line discounts of six groups": crowd(mixed, _LINES, groups=6),
        "line discounts of one group": crowd(mixed, _LINES, groups=1, density=0.1),
        "line discounts of thirty groups": crowd(mixed, _LINES, groups=30, density=0.05),
        "order discounts of six groups": crowd(mixed, groups=6, density=0.1),
        "offers of four phases": crowd(every(half), _FOUR_PHASES, density=0.3),
        "offers of sixty classes": crowd(every(half), classes=60, density=0),
        "offers of three classes": crowd(every(half), classes=3, density=0.3),
        "unit prices": crowd(lambda n: Percent(n * 1_000), (Phase.UNIT_PRICE,), density=0),
        "offers of five stores": crowd(mixed, stores=True, density=0.5),
        "offers of some lines each": crowd(mixed, some=0.3, density=0.9),
        "fees": crowd(every(half), (Phase.FEE,), density=0),
    }


def _crowd(
    lines: int, offers: int, effect: Callable[[int], Effect], phases: tuple[Phase, ...], how: Mapping[str, Any]
) -> Case:
    """Offers that exclude each other with a probability (`density`), by a tag for each whom they consent to."""
    random, more = Random(7), dict(how)
    density, some, classes = more.pop("density", 0.5), more.pop("some", None), more.pop("classes", 1)
    groups, stores, tight = more.pop("groups", 0), more.pop("stores", False), more.pop("tight", False)
    price, quantity = more.pop("price", 1_000), more.pop("quantity", 3)
    goods = [
        _line(i, price if tight else price + 7 * i, quantity + i % 5, (price - 3 if i < lines - 1 else 0) * tight)
        for i in range(lines)
    ]
    made = []
    for n in range(offers):
        mine: dict[str, Any] = dict(more, offer_class=f"class{n % classes}", tags=(f"t{n}",))
        if density:
            mine["combines_with"] = tuple(f"t{i}" for i in range(offers) if random.random() > density)
        if groups:
            mine["exclusive_group"] = f"group{n % groups}"
        if stores:
            mine["store_id"] = UUID(int=1 + n % STORES)
        if some:
            mine["benefit"] = tuple(line.id for line in goods if random.random() < some)
        phase = phases[n % len(phases)]
        made.append(_offer(n, phase, effect(n), mine))
    return _case(goods, made)


def _line(i: int, price: int, quantity: int, minimum: int = 0) -> PriceLine:
    return PriceLine(
        id=str(UUID(int=10_000 + i)),
        store_id=UUID(int=1 + i % STORES),
        sku_id=UUID(int=20_000 + i),
        product_id=UUID(int=30_000 + i),
        quantity=quantity,
        list_price=price,
        minimum_price=minimum,
        category_ids=(UUID(int=100 + i % 7),),
        weight_grams=200,
    )


def _offer(n: int, phase: Phase, effect: Effect, more: Mapping[str, Any]) -> Offer:
    return Offer(plugin=f"plugin{n % 10}", code=f"code{n:03}", label="Label", phase=phase, effect=effect, **more)


def _case(lines: list[PriceLine], offers: list[Offer]) -> Case:
    stores = list(dict.fromkeys(line.store_id for line in lines))
    request = PriceRequest(currency="CNY", now=_NOW, lines=tuple(lines), delivery=dict.fromkeys(stores, "shipping"))
    shipping = [ShippingQuote(store_id=s, amount=800, plugin="post", code="post", label="Post") for s in stores]
    taxes = [
        TaxRow(line_id=line.id, rate_ppm=130_000, included=True, plugin="core", code="vat", label="VAT")
        for line in lines
    ]
    return Case(request, tuple(offers), tuple(shipping), tuple(taxes))
