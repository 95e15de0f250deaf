from __future__ import annotations

from itertools import product

import pytest
from galleria.examples.replay.model import Basket, Line, Replay
from galleria.examples.replay.prices import expected_discounted
from galleria.examples.replay.refunds import Refunds, amounts, refunds_of, worth


def line(quantity: int, sales: int, coupon: int = 0) -> Line:
    return Line(
        store=20,
        product=30,
        quantity=quantity,
        shelf_cents=sales // quantity,
        sales_cents=sales,
        retail_disc_cents=0,
        coupon_disc_cents=coupon,
        coupon_match_disc_cents=0,
    )


def basket(*lines: Line, number: int = 1) -> Basket:
    return Basket(id=number, week=5, household=10, store=20, lines=lines)


def test_units_are_worth_what_the_refund_formula_says() -> None:
    """Three units that cost 100 together are worth 33, 33 and 34, in this order."""
    bought = basket(line(3, 120, coupon=20))
    assert [worth(bought, 0, before, 1) for before in range(3)] == [33, 33, 34]
    assert (worth(bought, 0, 0, 2), worth(bought, 0, 1, 2)) == (66, 67)


@pytest.mark.parametrize(("quantity", "paid"), list(product([1, 2, 7], [0, 1, 99, 1000])))
def test_all_units_are_worth_what_was_paid(quantity: int, paid: int) -> None:
    """Whatever the grouping, nothing is lost and nothing is given twice."""
    bought = basket(line(quantity, paid))
    for cut in range(quantity + 1):
        assert worth(bought, 0, 0, cut) + worth(bought, 0, cut, quantity - cut) == paid


def test_second_part_goes_on_where_the_first_ended() -> None:
    """One unit of three, then the two others: 33 and 67, and the other line in the second step alone."""
    bought = basket(line(3, 100), line(1, 50))
    refunds = Refunds(whole=False, steps=({0: 1}, {0: 2, 1: 1}))
    assert amounts(bought, refunds) == [{0: 33}, {0: 67, 1: 50}]


def test_refunds_are_whole_and_in_part_by_turns(week5: Replay) -> None:
    """Every tenth basket; the whole ones give back everything, the others some units of some lines, never too many."""
    chosen = refunds_of(week5.baskets, every=10, seed=1)
    found = {bought.id: bought for bought in week5.baskets}
    assert list(chosen) == [bought.id for bought in week5.baskets[9::10]]
    assert [refunds.whole for refunds in chosen.values()][:4] == [True, False, True, False]
    for number, refunds in chosen.items():
        bought = found[number]
        back = sum(amount for step in amounts(bought, refunds) for amount in step.values())
        units = [sum(step.get(at, 0) for step in refunds.steps) for at in range(len(bought.lines))]
        assert all(0 <= count <= line.quantity for count, line in zip(units, bought.lines, strict=True))
        assert all(step and all(count > 0 for count in step.values()) for step in refunds.steps)
        assert back == expected_discounted(bought) if refunds.whole else 0 <= back <= expected_discounted(bought)
    assert {len(refunds.steps) for refunds in chosen.values() if not refunds.whole} == {1, 2}


def test_seed_says_which_units_go_back(week5: Replay) -> None:
    """The same seed chooses the same, whatever else is refunded; another one something else."""
    first = refunds_of(week5.baskets, every=10, seed=1)
    assert first == refunds_of(week5.baskets, every=10, seed=1)
    assert first != refunds_of(week5.baskets, every=10, seed=2)
