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
    code: str
    label: str
    plugin: str = ""


class TaxRow(Struct, frozen=True, kw_only=True):
    """The tax of one priced row: a rate in parts per million, included in the price or added to it."""

    line_id: str
    rate_ppm: int
    included: bool
    code: str
    label: str
    plugin: str = ""


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


class Per(StrEnum):
    """What an amount or a price in an effect is said for."""

    UNIT = "unit"
    LINE = "line"
    ONCE = "once"


class Measure(StrEnum):
    """What tiers go by: an amount in minor units, or a number of units."""

    AMOUNT = "amount"
    COUNT = "count"


class Percent(Struct, frozen=True, tag="percent"):
    """A part of the running amount, in parts per million: 20 % off is 200_000."""

    rate_ppm: int


class Amount(Struct, frozen=True, tag="amount"):
    """An amount off (in a fee: added; in a tender: paid), per unit, per line, or once over all lines."""

    amount: int
    per: Per


class FixedPrice(Struct, frozen=True, tag="fixed_price"):
    """What a unit, a line, or all benefiting lines together shall cost; never more than they cost already."""

    price: int
    per: Per = Per.UNIT


class BuyGet(Struct, frozen=True, tag="buy_get"):
    """For each `buy` units of the qualifying lines, `get` units of the benefiting ones at `rate_ppm` off.

    Whole sets only, at most `times` of them. The cheapest units are given, the dearest of the rest count.
    """

    buy: int
    get: int
    rate_ppm: int = 1_000_000
    times: int | None = None


class Tier(Struct, frozen=True):
    """The effect from a measure on (inclusive)."""

    at: int
    effect: Percent | Amount | FixedPrice | BuyGet


class Tiered(Struct, frozen=True, tag="tiered"):
    """The effect of the highest tier that is reached on the threshold's lines."""

    by: Measure
    tiers: tuple[Tier, ...]


Effect = Percent | Amount | FixedPrice | BuyGet | Tiered


class Threshold(Struct, frozen=True):
    """What an offer needs, inclusive: an amount, a number of units, or both.

    Measured on the lines named by id; None: on the offer's qualifying lines, as far as it keeps them.
    """

    amount: int = 0
    count: int = 0
    lines: tuple[str, ...] | None = None


class Offer(Struct, frozen=True, kw_only=True):
    """A price change that a plugin proposes. The core chooses which offers apply; see docs/pricing.md.

    Core fills in `plugin` and the scope `store_id` (None: the mall). `offer_class` (activity, member, reduction,
    coupon ...) gets its level from policy. `code` is unique per plugin, phase and scope. Sets are row ids:
    `benefit` None means all goods in scope (shipping rows in SHIPPING_DISCOUNT, all rows in TENDER), `qualify`
    None means the benefiting lines (all goods in scope in SHIPPING_DISCOUNT). `combines_with` names classes and
    tags: None means all, () means none. `exclusive_group` is a name that any plugin may use; a mall's group
    reaches into every store. `platform_share_ppm` None means all of it for a platform's offer, else nothing.
    `reference` names the plugin's own row (a coupon), without a foreign key.
    """

    code: str
    label: str
    offer_class: str
    phase: Phase
    effect: Effect
    store_id: UUID | None = None
    qualify: tuple[str, ...] | None = None
    benefit: tuple[str, ...] | None = None
    threshold: Threshold | None = None
    cap: int | None = None
    combines_with: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    exclusive_group: str | None = None
    uses_up_units: bool = False
    funder: Funder = Funder.STORE
    platform_share_ppm: int | None = None
    reference: str | None = None
    plugin: str = ""


DEFAULT_CLASSES = ("activity", "member", "reduction", "coupon", "points", "gift_card", "balance")


class Policy(Struct, frozen=True, kw_only=True):
    """The order of classes, highest level first: the mall's for its offers, a store's for the store's.

    A class that is not named comes after all that are.
    """

    mall: tuple[str, ...] = DEFAULT_CLASSES
    stores: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)

    def level(self, offer: Offer) -> int:
        """Return the offer's level; 0 is the highest."""
        store_id = offer.store_id
        order = self.mall if store_id is None else self.stores.get(store_id, DEFAULT_CLASSES)
        return order.index(offer.offer_class) if offer.offer_class in order else 1_000


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
    Tenders are not in the balances: they are means of payment. `plugin`, `code`, `label` and `reference`
    say who priced a shipping or fee row; goods rows leave them empty.
    """

    id: str
    store_id: UUID
    kind: LineKind
    quantity: int
    balances: tuple[int, ...]
    sku_id: UUID | None = None
    included_tax: int = 0
    plugin: str = ""
    code: str = ""
    label: str = ""
    reference: str | None = None

    @property
    def total(self) -> int:
        return self.balances[-1]


class Totals(Struct, frozen=True, kw_only=True):
    """total = goods - discounts + shipping + fees + tax; due = total - tenders.

    `goods` and `shipping` are before discounts, `discounts` covers both, `shipping_discounts` is the part of it that
    shipping has, `tax` is the added part only.
    """

    goods: int
    discounts: int
    shipping: int
    fees: int
    tax: int
    total: int
    tenders: int
    due: int
    shipping_discounts: int = 0

    @property
    def goods_after_discounts(self) -> int:
        return self.goods - self.discounts + self.shipping_discounts


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
