"""Requests and what prices them, in few words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from galleria.core.types import PriceLine, PriceRequest, ShippingQuote, TaxRow
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
