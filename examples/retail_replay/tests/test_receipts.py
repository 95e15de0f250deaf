"""Receipts over the staff's routes."""

from __future__ import annotations

import pytest
from galleria.core.testing.client import ok, problem
from galleria.core.testing.factories import enable_plugin
from galleria_retail_replay.schemas import MOST_ROWS


async def test_lines_are_kept_once(counter):
    """Sending the same again, also with something new beside it, adds what is new."""
    assert ok(await counter.keep(counter.row())) == {"received": 1, "added": 1}
    assert ok(await counter.keep(counter.row())) == {"received": 1, "added": 0}
    assert ok(await counter.keep(counter.row(), counter.row(line=1, sku=1))) == {"received": 2, "added": 1}
    assert await counter.receipt("r-1") == {"receipt": "r-1", "lines": 2, "order_id": None, "used_at": None}


async def test_line_that_says_something_else_is_refused_whole(counter):
    """Receipts do not change, and what came with the other line is not kept either."""
    ok(await counter.keep(counter.row()))
    answer = await counter.keep(counter.row(receipt="r-2"), counter.row(coupon_disc=51))
    assert problem(answer, 409, "receipt_line_differs")["errors"][0]["detail"] == "r-1:0"
    problem(await counter.staff.get(f"{counter.path}/receipts/r-2"), 404, "receipt_not_found")


async def test_line_sent_twice_is_refused(counter):
    """Which of the two is meant would be a guess."""
    problem(await counter.keep(counter.row(), counter.row(coupon_disc=1)), 422, "receipt_line_twice")


async def test_discounts_over_the_line_are_refused(counter):
    """A line may cost nothing, and never less."""
    ok(await counter.keep(counter.row(coupon_disc=790)))
    problem(await counter.keep(counter.row(line=1, coupon_disc=791)), 422, "receipt_line_below_zero")


@pytest.mark.parametrize(
    "wrong",
    [{"receipt": "a b"}, {"receipt": ""}, {"line": -1}, {"quantity": 0}, {"unit_price": 1.5}, {"retail_disc": -1}],
)
async def test_value_out_of_range_is_refused(counter, wrong):
    """The request is answered with 422 and the path, and nothing is kept."""
    problem(await counter.keep(counter.row(**wrong)), 422, "invalid")


async def test_upload_is_bounded(counter):
    """2,000 lines are kept by one request, 2,001 are refused."""
    rows = [counter.row(line=number) for number in range(MOST_ROWS)]
    problem(await counter.keep(*rows, counter.row(receipt="r-2")), 422, "invalid")
    assert ok(await counter.keep(*rows)) == {"received": MOST_ROWS, "added": MOST_ROWS}


async def test_store_sees_its_own_receipts(counter, make_shop, api, mall):
    """The same number in another store is another receipt; strangers get no answer."""
    ok(await counter.keep(counter.row()))
    other = await make_shop()
    await enable_plugin(mall, "retail_replay", other)
    path = f"{other.path}/retail_replay/receipts/r-1"
    problem(await api.acting_as(other.owner).get(path), 404, "receipt_not_found")
    problem(await counter.shopper.get(f"{counter.path}/receipts/r-1"), 403, "forbidden")
    problem(await api.get(f"{counter.path}/receipts/r-1"), 401, "unauthenticated")
