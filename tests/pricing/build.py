"""Requests and what prices them, in few words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from galleria.core.types import (
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
from hypothesis import strategies as st

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RATES = (10_000, 33_333, 60_000, 130_000, 333_333)


def store(number: int) -> UUID:
    return UUID(int=number)


def line(id_: str, price: int, quantity: int = 1, **more: Any) -> PriceLine:
    fields: dict[str, Any] = {"store_id": store(1), "sku_id": UUID(int=7), "product_id": UUID(int=8)}
    return PriceLine(id=id_, list_price=price, quantity=quantity, **{**fields, **more})


def request(*lines: PriceLine, **more: Any) -> PriceRequest:
    return PriceRequest(**{"currency": "CNY", "now": NOW, "lines": lines, **more})


def shipping(amount: int, number: int = 1) -> ShippingQuote:
    return ShippingQuote(store_id=store(number), amount=amount, plugin="flat", code="flat", label="Flat")


def tax(line_id: str, rate_ppm: int, *, included: bool, code: str = "vat") -> TaxRow:
    return TaxRow(line_id=line_id, rate_ppm=rate_ppm, included=included, plugin="tax", code=code, label="VAT")


@st.composite
def requests(draw: st.DrawFn, max_lines: int = 5, max_stores: int = 2) -> PriceRequest:
    count = draw(st.integers(1, max_lines))
    lines = []
    for i in range(count):
        price = draw(st.sampled_from((0, 1, 3, 10, 99, 100, 333, 1999)) | st.integers(0, 5000))
        lines.append(
            line(
                "abcdefgh"[i],
                price,
                draw(st.integers(1, 4)),
                store_id=store(draw(st.integers(1, max_stores))),
                minimum_price=draw(st.sampled_from((0, 0, 0, price // 2, price))),
            )
        )
    return request(*lines)


def stores_of(wanted: PriceRequest) -> list[UUID]:
    return list(dict.fromkeys(line.store_id for line in wanted.lines))


@st.composite
def shippings(draw: st.DrawFn, wanted: PriceRequest) -> list[ShippingQuote]:
    return [shipping(draw(st.sampled_from((0, 1, 600, 1001))), s.int) for s in stores_of(wanted)]


@st.composite
def taxes(draw: st.DrawFn, wanted: PriceRequest) -> list[TaxRow]:
    ids = [line.id for line in wanted.lines] + [f"shipping:{s}" for s in stores_of(wanted)]
    return [tax(id_, draw(st.sampled_from(RATES)), included=draw(st.booleans())) for id_ in ids if draw(st.booleans())]


def offer(phase: Phase, effect: Effect, **more: Any) -> Offer:
    fields: dict[str, Any] = {"plugin": "p", "code": "1", "label": "L", "offer_class": "reduction"}
    return Offer(phase=phase, effect=effect, **{**fields, **more})


rates = st.sampled_from((0, 50_000, 100_000, 150_000, 333_333, 500_000, 1_000_000))
sums = st.sampled_from((0, 1, 5, 10, 99, 100, 500)) | st.integers(0, 3000)
percents = st.builds(Percent, rates)
unit_effects = percents | st.builds(Amount, sums, st.just(Per.UNIT)) | st.builds(FixedPrice, sums)
fee_effects = percents | st.builds(Amount, sums, st.sampled_from(Per))
price_effects = fee_effects | st.builds(FixedPrice, sums, st.sampled_from(Per))
buy_gets = st.builds(BuyGet, st.integers(1, 3), st.integers(1, 2), rates, st.none() | st.integers(1, 2))
EFFECTS: dict[Phase, st.SearchStrategy[Effect]] = {
    Phase.UNIT_PRICE: unit_effects,
    Phase.LINE_DISCOUNT: price_effects | buy_gets,
    Phase.ORDER_DISCOUNT: price_effects | buy_gets,
    Phase.SHIPPING_DISCOUNT: price_effects,
    Phase.FEE: fee_effects,
    Phase.TENDER: fee_effects,
}


@st.composite
def effects(draw: st.DrawFn, phase: Phase) -> Effect:
    if draw(st.integers(0, 4)):
        return draw(EFFECTS[phase])
    by = draw(st.sampled_from(Measure))
    starts = draw(st.lists(st.integers(0, 6) if by is Measure.COUNT else sums, min_size=1, max_size=3, unique=True))
    return Tiered(by, tuple(Tier(at, draw(EFFECTS[phase])) for at in starts))


@st.composite
def offers(draw: st.DrawFn, wanted: PriceRequest, phases: tuple[Phase, ...], most: int) -> list[Offer]:
    ids = [line.id for line in wanted.lines]
    shipping_ids = [f"shipping:{s}" for s in stores_of(wanted)]
    sets = st.none() | st.lists(st.sampled_from(ids + shipping_ids), min_size=1, max_size=4).map(tuple)
    names = ("activity", "member", "reduction", "coupon", "x", "y")
    combines = st.none() | st.none() | st.lists(st.sampled_from(names), max_size=3).map(tuple)
    found = {}
    for _ in range(draw(st.integers(0, most))):
        phase = draw(st.sampled_from(phases))
        threshold = st.builds(Threshold, sums, st.sampled_from((0, 0, 2, 4)), sets)
        one = offer(
            phase,
            draw(effects(phase)),
            plugin=draw(st.sampled_from("pqrs")),
            code=draw(st.sampled_from("123")),
            offer_class=draw(st.sampled_from(("activity", "member", "reduction", "reduction", "other"))),
            store_id=draw(st.none() | st.sampled_from(stores_of(wanted))),
            qualify=draw(st.none() | sets),
            benefit=draw(sets),
            threshold=draw(st.none() | threshold),
            cap=None if phase is Phase.UNIT_PRICE else draw(st.none() | st.none() | sums),
            combines_with=draw(combines),
            tags=draw(st.sampled_from(((), (), ("x",), ("x", "y")))),
            exclusive_group=draw(st.none() | st.sampled_from((None, "g", "h"))),
            uses_up_units=draw(st.booleans()),
        )
        found[phase, one.plugin, one.code, one.store_id] = one
    return list(found.values())
