"""What is replayed: baskets of lines, and the products that they name. Amounts are integer cents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

Pair: TypeAlias = tuple[int, int]
"""A store and a product. Products belong to a store, so a list price and a stock level hang on both."""


class Reason(StrEnum):
    """Why something of the data is left out. A line is counted once, under the first that applies."""

    QUANTITY = "quantity"
    PRICE_NOT_WHOLE_CENT = "price_not_whole_cent"
    UNKNOWN_PRODUCT = "unknown_product"
    COUPON_OVER_LINE = "coupon_over_line"
    EMPTY_BASKET = "empty_basket"


class SkipCounts(Struct, frozen=True):
    """How much was left out, by reason: the first four count lines, `empty_basket` counts baskets."""

    quantity: int = 0
    price_not_whole_cent: int = 0
    unknown_product: int = 0
    coupon_over_line: int = 0
    empty_basket: int = 0

    @classmethod
    def of(cls, counts: Counter[Reason]) -> SkipCounts:
        return cls(**{reason.value: counts[reason] for reason in Reason})

    @property
    def lines(self) -> int:
        return self.quantity + self.price_not_whole_cent + self.unknown_product + self.coupon_over_line


class Row(Struct, frozen=True):
    """A line as the data has it, amounts in dollars; the fields are in the order of `data.COLUMNS`."""

    week: int
    basket: int
    household: int
    store: int
    product: int
    quantity: int
    sales_value: float
    retail_disc: float
    coupon_disc: float
    coupon_match_disc: float


class Line(Struct, frozen=True, kw_only=True):
    """A line that can be sold. `shelf_cents` is per unit, before any discount; the other cents are per line.

    quantity x shelf = sales + retail discount + coupon match. The household paid sales - coupon.
    """

    store: int
    product: int
    quantity: int
    shelf_cents: int
    sales_cents: int
    retail_disc_cents: int
    coupon_disc_cents: int
    coupon_match_disc_cents: int

    @property
    def pair(self) -> Pair:
        return self.store, self.product


class Basket(Struct, frozen=True, kw_only=True):
    """One purchase of one household in one store, with the lines that can be sold (at least one)."""

    id: int
    week: int
    household: int
    store: int
    lines: tuple[Line, ...]


class Product(Struct, frozen=True, kw_only=True):
    """A product of the data. Texts that the data lacks are empty; `department` and `brand` never are."""

    id: int
    department: str
    category: str
    type: str
    brand: str
    package_size: str

    @property
    def name(self) -> str:
        kind = self.type or self.category or self.department
        return f"{kind}, {self.package_size}" if self.package_size else kind

    @property
    def category_path(self) -> tuple[str, ...]:
        return (self.department, self.category) if self.category else (self.department,)


class Replay(Struct, frozen=True, kw_only=True):
    """The chosen weeks: baskets in the order of their time, the products in them, and what was left out.

    `rows` and `rows_baskets` count what the data has for these weeks, before anything is left out.
    """

    weeks: tuple[int, ...]
    baskets: tuple[Basket, ...]
    products: Mapping[int, Product]
    skipped: SkipCounts
    rows: int
    rows_baskets: int
