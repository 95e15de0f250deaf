from __future__ import annotations

import pytest
from galleria.examples.replay.data import build
from galleria.examples.replay.model import Product, Replay, Row
from galleria.examples.replay.plan import Plan, PlanError

MILK = Product(id=30, department="GROCERY", category="MILK", type="", brand="Private", package_size="")
TEA = Product(id=31, department="GROCERY", category="TEA", type="", brand="National", package_size="")


def row(basket: int, household: int, product: int, dollars: float, quantity: int = 1) -> Row:
    return Row(5, basket, household, 20, product, quantity, dollars, 0.0, 0.0, 0.0)


@pytest.fixture
def replay() -> Replay:
    """Two households: the first buys milk and tea, the second tea that was dearer, the first milk again."""
    rows = [row(1, 10, 30, 1.0), row(1, 10, 31, 4.0, 2), row(2, 11, 31, 3.0), row(3, 10, 30, 1.5), row(4, 11, 30, 0, 0)]
    return build([5], rows, {30: MILK, 31: TEA})


def test_shelves_have_the_highest_price_and_baskets_cost_what_they_cost(replay: Replay) -> None:
    """Milk is listed at 1.50 and tea at 3.00: 12.00 together, of which 9.50 was paid."""
    plan = Plan.of(replay)
    assert plan.prices == {(20, 30): 150, (20, 31): 300}
    assert (len(plan.baskets), plan.lines, plan.stores) == (3, 4, [20])
    assert (plan.listed, plan.expected) == (750 + 300 + 150, 500 + 300 + 150)
    assert plan.skipped.quantity == 1


def test_single_basket_keeps_the_prices_of_all(replay: Replay) -> None:
    """What is bought alone costs what it costs in the whole run, and nothing else is imported."""
    plan = Plan.of(replay, only=[1])
    assert plan.listed == 750
    assert Plan.of(replay, only=[3]).prices == {(20, 30): 150}
    assert list(Plan.of(replay, only=[3]).catalogs()) == [20]


def test_basket_that_is_not_there_is_refused(replay: Replay) -> None:
    """A basket that was left out, or never was, is named: nothing would show that it was not bought."""
    with pytest.raises(PlanError, match="no basket 4, 9 to be bought"):
        Plan.of(replay, only=[9, 4, 1])


def test_household_buys_in_the_order_of_time(replay: Replay) -> None:
    """Baskets of a household are in their order, and the household that buys first comes first."""
    wanted = {number: [basket.id for basket in baskets] for number, baskets in Plan.of(replay).by_household().items()}
    assert wanted == {10: [1, 3], 11: [2]}
    assert list(wanted) == [10, 11]


def test_week_5_is_planned_whole(week5: Replay) -> None:
    """Every basket has a household's turn, every pair a row in a catalog, every line a price."""
    plan = Plan.of(week5)
    assert sum(map(len, plan.by_household().values())) == len(plan.baskets) == 2607
    assert sum(text.count("\n") - 1 for text in plan.catalogs().values()) == len(plan.prices) == 23712
    assert plan.lines + plan.skipped.lines == week5.rows
    assert (plan.listed, plan.expected) == (8_603_374, 7_137_829)


def test_every_fifth_basket_goes_through_a_cart(week5: Replay) -> None:
    """The first, the sixth and so on."""
    plan = Plan.of(week5)
    assert len(plan.by_cart) == 522
    assert plan.by_cart >= {plan.baskets[0].id, plan.baskets[5].id}


def test_every_tenth_order_is_refunded(week5: Replay) -> None:
    """Of 2,607 orders 260, the odd ones of them as a whole."""
    refunds = Plan.of(week5).refunds
    assert (len(refunds), sum(each.whole for each in refunds.values())) == (260, 130)
