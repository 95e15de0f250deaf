from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from galleria.examples.replay.model import Line, Reason, Row
from galleria.examples.replay.rules import cents, judge

MILK = Row(5, 1, 10, 20, 30, 2, 2.78, 0.8, 0.5, 0.2)
NAMED = {30}


def milk(**changes: Any) -> Row:
    return msgspec.structs.replace(MILK, **changes)


def test_shelf_price_adds_back_retail_discount_and_coupon_match() -> None:
    """The shelf price is (2.78 + 0.80 + 0.20) / 2; the customer's coupon does not enter it."""
    assert judge(MILK, NAMED) == Line(
        store=20,
        product=30,
        quantity=2,
        shelf_cents=189,
        sales_cents=278,
        retail_disc_cents=80,
        coupon_disc_cents=50,
        coupon_match_disc_cents=20,
    )


@pytest.mark.parametrize("quantity", [0, -1, 101, 89_638])
def test_quantity_of_nothing_or_over_a_hundred_is_skipped(quantity: int) -> None:
    """Quantity 0 marks a coupon's own line, and thousands are gallons of fuel: neither is units on a shelf."""
    assert judge(milk(quantity=quantity), NAMED) is Reason.QUANTITY


def test_quantity_of_one_hundred_is_kept() -> None:
    """The limit is inclusive."""
    line = judge(milk(quantity=100, sales_value=99.0), NAMED)
    assert isinstance(line, Line)
    assert line.shelf_cents == 100


@pytest.mark.parametrize(
    "changes",
    [
        {"sales_value": 2.79},
        {"sales_value": 2.785, "retail_disc": 0.795},
        {"coupon_disc": 0.005},
        {"sales_value": math.nan},
    ],
    ids=["odd sum of two units", "half cents that add up", "half a cent of coupon", "no amount"],
)
def test_price_that_is_no_whole_cent_is_skipped(changes: dict[str, float]) -> None:
    """A unit's price, and each amount behind it, must be whole cents: nothing is rounded."""
    assert judge(milk(**changes), NAMED) is Reason.PRICE_NOT_WHOLE_CENT


def test_product_without_a_record_is_skipped() -> None:
    """A line whose product has no row among the products cannot be put on a shelf."""
    assert judge(MILK, {31}) is Reason.UNKNOWN_PRODUCT


def test_coupon_larger_than_its_line_is_skipped() -> None:
    """A coupon may take all that the line was sold for, and not a cent more."""
    assert judge(milk(coupon_disc=2.79), NAMED) is Reason.COUPON_OVER_LINE
    assert isinstance(judge(milk(coupon_disc=2.78), NAMED), Line)


def test_line_with_several_faults_is_counted_under_the_first() -> None:
    """Quantity, then price, then product, then coupon."""
    faults = milk(quantity=0, sales_value=0.011, product=31, coupon_disc=9.0)
    assert judge(faults, NAMED) is Reason.QUANTITY
    assert judge(msgspec.structs.replace(faults, quantity=1), NAMED) is Reason.PRICE_NOT_WHOLE_CENT
    assert judge(msgspec.structs.replace(faults, quantity=1, sales_value=0.01), NAMED) is Reason.UNKNOWN_PRODUCT


@pytest.mark.parametrize("amount", [0.29, 1.15, 4.35, 8.2, 130.02, 840.0])
def test_float_that_is_a_cent_but_for_its_last_bit_is_that_cent(amount: float) -> None:
    """1.15 * 100 is 114.99999999999999 in a float: it is 115 cents, and never 114."""
    assert cents(amount) == int(f"{amount:.2f}".replace(".", ""))
