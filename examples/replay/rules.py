"""Which lines of the data can be sold, and at what shelf price. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Container

from .model import Line, Reason, Row

MOST_UNITS = 100
_TOLERANCE = 1e-6


def judge(row: Row, named: Container[int]) -> Line | Reason:
    """Return the line to be sold, or why it is left out. `named`: ids of the products that the data names."""
    if not 0 < row.quantity <= MOST_UNITS:
        return Reason.QUANTITY
    line = priced(row)
    if line is None:
        return Reason.PRICE_NOT_WHOLE_CENT
    if row.product not in named:
        return Reason.UNKNOWN_PRODUCT
    if line.coupon_disc_cents > line.sales_cents:
        return Reason.COUPON_OVER_LINE
    return line


def priced(row: Row) -> Line | None:
    """Return the line in cents; None when an amount, or the shelf price of a unit, is no whole cent."""
    amounts = (row.sales_value, row.retail_disc, row.coupon_disc, row.coupon_match_disc)
    sales, retail, coupon, match = map(cents, amounts)
    if sales is None or retail is None or coupon is None or match is None:
        return None
    shelf, rest = divmod(sales + retail + match, row.quantity)
    if rest:
        return None
    return Line(
        store=row.store,
        product=row.product,
        quantity=row.quantity,
        shelf_cents=shelf,
        sales_cents=sales,
        retail_disc_cents=retail,
        coupon_disc_cents=coupon,
        coupon_match_disc_cents=match,
    )


def cents(dollars: float) -> int | None:
    """Return the amount in cents; None when it is no whole cent, beyond what a float cannot hold exactly."""
    hundredfold = dollars * 100
    if not math.isfinite(hundredfold):
        return None
    nearest = round(hundredfold)
    return nearest if abs(hundredfold - nearest) <= _TOLERANCE else None
