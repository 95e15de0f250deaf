from __future__ import annotations

import json

import msgspec
import pytest
from galleria.examples.replay.data import build
from galleria.examples.replay.model import Product, Row
from galleria.examples.replay.outcome import BASKETS, HOUSEHOLDS, IMPORTS, Outcome, report
from galleria.examples.replay.plan import Plan
from galleria.examples.replay.timings import Timings

MILK = Product(id=30, department="GROCERY", category="MILK", type="", brand="Private", package_size="")
ROWS = [Row(5, 1, 10, 20, 30, 2, 3.0, 0.0, 0.0, 0.0), Row(5, 2, 11, 20, 30, 0, 0.0, 0.0, 0.0, 0.0)]
PLAN = Plan.of(build([5], ROWS, {30: MILK}))


def outcome(paid: int, violations: int = 0) -> Outcome:
    return Outcome.of(PLAN, paid=paid, seconds=4, violations=violations)


def test_outcome_is_one_object_of_eight_members() -> None:
    """Names, order and units are what scripts read: minor units, and baskets a second."""
    assert list(json.loads(msgspec.json.encode(outcome(300))).items()) == [
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
        ("baskets_per_s", 0.25),
        ("invariant_violations", 0),
    ]


@pytest.mark.parametrize(
    ("paid", "violations", "difference", "code"),
    [(300, 0, 0, 0), (299, 0, -1, 1), (301, 0, 1, 1), (300, 2, 0, 1), (0, 1, -300, 1)],
)
def test_cent_or_violation_too_many_fails_the_run(paid: int, violations: int, difference: int, code: int) -> None:
    """Too little, too much, or a broken invariant: each alone gives the exit code 1."""
    found = outcome(paid, violations)
    assert (found.difference, found.exit_code) == (difference, code)


def test_report_has_a_line_for_each_stage_and_kind_of_call() -> None:
    """Stages say how fast, calls how long."""
    timings = Timings()
    timings.stages.update({IMPORTS: 2.0, HOUSEHOLDS: 0.5, BASKETS: 0.25})
    timings.note("pay", 0.004)
    imports, households, baskets, _, pay = report(PLAN, timings)
    assert imports.split() == ["imports", "2.0", "s", "for", "1", "products"]
    assert households.split()[:2] == ["households", "2.0"]
    assert baskets.split()[:2] == ["baskets", "4.0"]
    assert pay.split() == ["pay", "1", "4.0", "4.0"]
