"""Frozen values that hooks, services and the price engine exchange.

This module imports nothing of core. Amounts are integer minor units (fen, cents); times are aware
`datetime`s in UTC; ids are UUIDv7.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct, field


class Money(Struct, frozen=True):
    """An amount in minor units of a currency, as the API shows it: `{"amount": 1999, "currency": "CNY"}`."""

    amount: int
    currency: str


class Phase(IntEnum):
    """The moments of pricing, in the order in which they are applied (docs/pricing.md)."""

    UNIT_PRICE = 1
    LINE_DISCOUNT = 2
    ORDER_DISCOUNT = 3
    SHIPPING = 4
    SHIPPING_DISCOUNT = 5
    FEE = 6
    TAX = 7
    TENDER = 8


class LineKind(StrEnum):
    """What a priced row is: goods of a store, or a store's shipping or fee (rows of one unit)."""

    GOODS = "goods"
    SHIPPING = "shipping"
    FEE = "fee"


class Funder(StrEnum):
    """Who bears a discount."""

    STORE = "store"
    PLATFORM = "platform"


class PriceLine(Struct, frozen=True, kw_only=True):
    """One SKU in the quantity wanted, with what a price may depend on."""

    id: str
    store_id: UUID
    sku_id: UUID
    product_id: UUID
    quantity: int
    list_price: int
    price_revision: int = 1
    minimum_price: int = 0
    category_ids: tuple[UUID, ...] = ()
    brand_id: UUID | None = None
    weight_grams: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


class Ask(Struct, frozen=True, kw_only=True):
    """What the buyer asked a plugin for: a coupon, an amount of points. `store_id` None: for the mall."""

    plugin: str
    reference: str
    store_id: UUID | None = None
    amount: int | None = None


class Parcel(Struct, frozen=True, kw_only=True):
    """What a store would send: its goods after phase 3, by delivery method, to a destination if known."""

    store_id: UUID
    method: str
    goods: int
    quantity: int
    weight_grams: int
    destination: Mapping[str, Any] | None = None


class ShippingQuote(Struct, frozen=True, kw_only=True):
    """The price of one store's shipping, in minor units of the request's currency."""

    store_id: UUID
    amount: int
    plugin: str
    code: str
    label: str


class TaxRow(Struct, frozen=True, kw_only=True):
    """The tax of one priced row: a rate in parts per million, included in the price or added to it."""

    line_id: str
    rate_ppm: int
    included: bool
    plugin: str
    code: str
    label: str


class PriceRequest(Struct, frozen=True, kw_only=True):
    """A whole checkout to be priced: lines of one currency, over one or more stores."""

    currency: str
    now: datetime
    lines: tuple[PriceLine, ...]
    shopper_id: UUID | None = None
    locale: str = "zh-CN"
    asks: tuple[Ask, ...] = ()
    delivery: Mapping[UUID, str] = field(default_factory=dict)
    destination: Mapping[str, Any] | None = None


class Allocation(Struct, frozen=True):
    """The part of an adjustment that one row carries, signed like the adjustment."""

    line_id: str
    amount: int


class Adjustment(Struct, frozen=True, kw_only=True):
    """An applied change of price or an applied tender; `amount` is signed and equals the sum of its allocations."""

    phase: Phase
    sequence: int
    plugin: str
    plugin_version: str
    code: str
    label: str
    amount: int
    basis: int
    allocations: tuple[Allocation, ...]
    store_id: UUID | None = None
    reference: str | None = None
    funder: Funder = Funder.STORE
    platform_share_ppm: int = 0
    definition: Mapping[str, Any] = field(default_factory=dict)


class PricedLine(Struct, frozen=True, kw_only=True):
    """A row with its balances: `balances[0]` at list price, one more after each adjustment that touched it.

    `total` is the last balance: what the row's units cost together, tax that was added included.
    Tenders are not in the balances: they are means of payment.
    """

    id: str
    store_id: UUID
    kind: LineKind
    quantity: int
    balances: tuple[int, ...]
    sku_id: UUID | None = None
    included_tax: int = 0

    @property
    def total(self) -> int:
        return self.balances[-1]


class Totals(Struct, frozen=True, kw_only=True):
    """total = goods - discounts + shipping + fees + tax; due = total - tenders.

    `goods` and `shipping` are before discounts, `discounts` covers both, `tax` is the added part only.
    """

    goods: int
    discounts: int
    shipping: int
    fees: int
    tax: int
    total: int
    tenders: int
    due: int


class StoreTotals(Totals, frozen=True, kw_only=True):
    """One store's share of a quote."""

    store_id: UUID


class TraceEntry(Struct, frozen=True, kw_only=True):
    """What became of one offer: applied, or why not."""

    plugin: str
    code: str
    phase: Phase
    outcome: str
    store_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


class Quote(Struct, frozen=True, kw_only=True):
    """A priced checkout. Rows, adjustments and totals agree with each other to the minor unit."""

    currency: str
    lines: tuple[PricedLine, ...]
    adjustments: tuple[Adjustment, ...]
    stores: tuple[StoreTotals, ...]
    totals: Totals
    fingerprint: str = ""
    trace: tuple[TraceEntry, ...] = ()
