from __future__ import annotations

import json

import msgspec
import pytest
from galleria.examples.replay.data import build
from galleria.examples.replay.model import Product, Row
from galleria.examples.replay.outcome import (
    BASKETS,
    HOUSEHOLDS,
    IMPORTS,
    RECEIPTS,
    REFUNDS,
    Outcome,
    differing,
    report,
)
from galleria.examples.replay.plan import Plan
from galleria.examples.replay.timings import Timings
from galleria.examples.replay.trade import Bought, BoughtLine, Refunded, Trade

MILK = Product(id=30, department="GROCERY", category="MILK", type="", brand="Private", package_size="")
ROWS = [Row(5, 1, 10, 20, 30, 2, 3.0, 0.0, 0.0, 0.0), Row(5, 2, 11, 20, 30, 0, 0.0, 0.0, 0.0, 0.0)]
PLAN = Plan.of(build([5], ROWS, {30: MILK}))


def trade(paid: int = 300, line: int = 300, given: int = 150, wrong: int = 0, ledger: int = 150) -> Trade:
    bought = Bought(basket=PLAN.baskets[0], order_id="o", paid=paid, free=True, lines=(BoughtLine("l", line),))
    refunded = Refunded(store=20, whole=True, amount=given, expected=150, lines_differing=wrong)
    return Trade(bought=[bought], refunded=[refunded], ledger={20: ledger})


def outcome(found: Trade, violations: int = 0) -> Outcome:
    return Outcome.of(PLAN, found, seconds=4, violations=violations)


def test_outcome_is_one_object() -> None:
    """Names, order and units are what scripts read: minor units, and baskets a second."""
    assert list(json.loads(msgspec.json.encode(outcome(trade()))).items()) == [
        ("baskets", 1),
        ("lines", 1),
        (
            "skipped",
            {
                "quantity": 1,
                "price_not_whole_cent": 0,
                "unknown_product": 0,
                "coupon_over_line": 0,
                "empty_basket": 1,
            },
        ),
        ("paid", 300),
        ("expected", 300),
        ("difference", 0),
        ("baskets_differing", 0),
        ("zero_baskets", 1),
        ("refunds", {"whole": 1, "partial": 0, "amount": 150, "expected": 150, "lines_differing": 0}),
        ("ledger_difference", 0),
        ("baskets_per_s", 0.25),
        ("invariant_violations", 0),
    ]


@pytest.mark.parametrize(
    ("found", "violations"),
    [
        (trade(paid=299), 0),
        (trade(paid=301), 0),
        (trade(line=299), 0),
        (trade(given=151), 0),
        (trade(wrong=1), 0),
        (trade(ledger=149), 0),
        (trade(), 2),
    ],
    ids=["too little", "too much", "wrong line", "refund too large", "refund of a wrong line", "ledger", "invariant"],
)
def test_cent_or_violation_too_many_fails_the_run(found: Trade, violations: int) -> None:
    """Each alone gives the exit code 1."""
    assert outcome(found, violations).exit_code == 1
    assert outcome(trade()).exit_code == 0


def test_basket_that_differs_is_named() -> None:
    """With its order and both amounts; one that does not differ is not."""
    assert list(differing(trade(paid=299))) == ["basket 1: order o is paid with 299, in the data with 300"]
    assert list(differing(trade())) == []


def test_report_has_a_line_for_each_stage_and_kind_of_call() -> None:
    """Stages say how fast, calls how long."""
    timings = Timings()
    timings.stages.update({IMPORTS: 2.0, RECEIPTS: 1.5, HOUSEHOLDS: 0.5, BASKETS: 0.25, REFUNDS: 3.0})
    timings.note("pay", 0.004)
    listed, imports, receipts, households, baskets, refunds, _, pay = map(str.split, report(PLAN, timings))
    assert listed == ["list", "price", "3.00,", "by", "the", "receipts", "3.00"]
    assert imports == ["imports", "2.0", "s", "for", "1", "products"]
    assert receipts == ["receipts", "1.5", "s", "for", "1", "lines"]
    assert households[:2] == ["households", "2.0"]
    assert baskets[:2] == ["baskets", "4.0"]
    assert refunds == ["refunds", "3.0", "s", "for", "0", "orders"]
    assert pay == ["pay", "1", "4.0", "4.0"]
