"""What everything must cost, in cents, computed from the data alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .model import Basket, Line, Pair


def list_prices(baskets: Iterable[Basket]) -> dict[Pair, int]:
    """Return the list price of each product in each store: the highest shelf price of a unit in `baskets`."""
    prices: dict[Pair, int] = {}
    for basket in baskets:
        for line in basket.lines:
            prices[line.pair] = max(line.shelf_cents, prices.get(line.pair, 0))
    return prices


def list_total(basket: Basket, prices: Mapping[Pair, int]) -> int:
    """Return what the basket costs without any discount: the sum of quantity x list price."""
    return sum(line.quantity * prices[line.pair] for line in basket.lines)


def paid_for(line: Line) -> int:
    """Return what the household paid in the data for a line: sales, already less retail discounts, less the coupon."""
    return line.sales_cents - line.coupon_disc_cents


def expected_discounted(basket: Basket) -> int:
    """Return what the household paid in the data for the basket."""
    return sum(map(paid_for, basket.lines))
