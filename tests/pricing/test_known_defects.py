"""Price failures that other malls have had, each as a test named after it."""

from __future__ import annotations

from random import Random

import pytest
from galleria.core.pricing.engine import price
from galleria.core.pricing.units import units_worth
from galleria.core.types import Amount, FixedPrice, Per, Percent, Phase, Quote, Threshold
from hypothesis import given
from hypothesis import strategies as st

from .build import line, offer, request, shipping, store
from .test_oracle import Case, cases, engine, few

ORDER, LINE, UNIT, TENDER = Phase.ORDER_DISCOUNT, Phase.LINE_DISCOUNT, Phase.UNIT_PRICE, Phase.TENDER


def outcomes(quote: Quote) -> dict[str, str]:
    return {entry.code: entry.outcome for entry in quote.trace}


def test_a_float_ratio_loses_a_fen():
    """10 off three lines of 33, 33 and 34 is 10 in all, in whole units, on those lines alone."""
    wanted = request(line("a", 33), line("b", 33), line("c", 34), line("d", 1000))
    quote = price(wanted, [offer(ORDER, Amount(10, Per.ONCE), benefit=("a", "b", "c"))])
    assert [row.total for row in quote.lines] == [30, 30, 30, 1000]


def test_only_the_first_full_reduction_applies():
    """Two full reductions that agree to be combined both apply."""
    both = [offer(ORDER, Amount(10, Per.ONCE), code=code, threshold=Threshold(100)) for code in "12"]
    assert price(request(line("a", 100)), both).totals.discounts == 20


def test_percent_scales_differ_between_features():
    """20 % is 200_000 ppm in every phase."""
    for phase in (UNIT, LINE, ORDER, TENDER):
        assert price(request(line("a", 100)), [offer(phase, Percent(200_000))]).totals.due == 80


def test_points_beyond_the_payable_amount_throw():
    """Points worth more than what is payable pay all of it, shipping included, and no more."""
    quote = price(request(line("a", 100)), [offer(TENDER, Amount(10_000, Per.ONCE))], shipping=[shipping(7)])
    assert (quote.totals.tenders, quote.totals.due) == (107, 0)


def test_a_coupon_larger_than_the_total_makes_it_negative():
    """A coupon takes at most what the goods cost, and nothing of the shipping."""
    quote = price(request(line("a", 100)), [offer(ORDER, Amount(500, Per.ONCE))], shipping=[shipping(7)])
    assert (quote.totals.discounts, quote.totals.total) == (100, 7)


def test_a_failing_discount_is_swallowed():
    """A faulty offer changes no price and the trace names its fault; the others apply."""
    quote = price(request(line("a", 100)), [offer(ORDER, Percent(-5)), offer(ORDER, Percent(100_000), code="2")])
    assert outcomes(quote) == {"1": "invalid", "2": "applied"}
    assert quote.totals.total == 90


def test_threshold_on_gross_while_the_discount_applies_to_net():
    """A coupon from 100 sees what the reduction before it left: 95 is not enough, 100 is."""
    coupon = offer(ORDER, Percent(100_000), code="c", offer_class="coupon", threshold=Threshold(100))
    reduction = offer(ORDER, Amount(5, Per.ONCE), code="r")
    assert outcomes(price(request(line("a", 100)), [coupon, reduction])) == {"c": "threshold", "r": "applied"}
    assert price(request(line("a", 105)), [coupon, reduction]).totals.total == 90


def test_cancelling_a_line_spreads_the_discount_anew():
    """What a line is worth is frozen: refunding one line leaves the worth of the others as it was."""
    quote = price(request(line("a", 70, 2), line("b", 30)), [offer(ORDER, Amount(17, Per.ONCE))])
    paid = {row.id: units_worth(row.balances, row.quantity, 0, row.quantity)[-1] for row in quote.lines}
    assert sum(paid.values()) == quote.totals.total == 153


def check_refunds(case: Case, random: Random) -> None:
    for row in engine(case).lines:
        already, worth = 0, [0] * len(row.balances)
        while already < row.quantity:
            count = random.randint(1, row.quantity - already)
            part = units_worth(row.balances, row.quantity, already, count)
            assert min(part) >= 0
            worth = [have + more for have, more in zip(worth, part, strict=True)]
            already += count
        assert worth == list(row.balances)


@few
@given(cases(), st.randoms(use_true_random=False))
def test_refunds_do_not_add_up(case: Case, random: Random):
    """Refunding every unit of an order, in any order and grouping, returns each row's price; none is negative."""
    check_refunds(case, random)


@pytest.mark.parametrize("quantity", [1, 2, 3, 7, 11])
def test_a_fixed_amount_drifts_with_the_quantity(quantity: int):
    """10 off once is 10 off whatever the quantity; said per unit it is 10 for each."""
    wanted = request(line("a", 100, quantity))
    assert price(wanted, [offer(ORDER, Amount(10, Per.ONCE))]).totals.discounts == 10
    assert price(wanted, [offer(LINE, Amount(10, Per.LINE))]).totals.discounts == 10
    assert price(wanted, [offer(LINE, Amount(10, Per.UNIT))]).totals.discounts == 10 * quantity


def test_a_hundred_percent_off_leaves_a_fraction():
    """100 % off three odd lines leaves exactly nothing."""
    wanted = request(line("a", 333, 3), line("b", 1), line("c", 1999, 7))
    for phase in (UNIT, LINE, ORDER):
        assert price(wanted, [offer(phase, Percent(1_000_000))]).totals.total == 0


def test_the_last_small_line_loses_its_share():
    """A small last line bears its part of a discount: 3 off 100, 100 and 100 is 1 each, and 1 of 3 goes to 1 of 300."""
    quote = price(request(line("a", 100), line("b", 100), line("c", 100)), [offer(ORDER, Amount(3, Per.ONCE))])
    assert [row.total for row in quote.lines] == [99, 99, 99]
    small = price(request(line("a", 100), line("b", 2)), [offer(ORDER, Percent(500_000))])
    assert [row.total for row in small.lines] == [50, 1]


def test_an_unapplied_exclusive_promotion_disables_a_better_one():
    """A promotion that combines with nothing, and is not applied itself, does not keep another from applying."""
    loner = offer(ORDER, Amount(5, Per.ONCE), code="loner", combines_with=())
    better = offer(ORDER, Amount(30, Per.ONCE), code="better")
    late = offer(ORDER, Percent(100_000), code="late", offer_class="coupon")
    quote = price(request(line("a", 130)), [loner, better, late])
    assert outcomes(quote) == {"loner": "not_best", "better": "applied", "late": "applied"}
    assert quote.totals.total == 90


def test_a_client_sends_a_negative_quantity():
    """A quantity below one is refused, whatever else the line says."""
    with pytest.raises(ValueError, match="quantity"):
        price(request(line("a", 100), line("b", 100, -1)))


def test_a_store_discounts_another_stores_lines():
    """A store's offer touches no other store's lines, even when it names them."""
    wanted = request(line("a", 100), line("b", 100, store_id=store(2)))
    quote = price(wanted, [offer(ORDER, Percent(1_000_000), store_id=store(1), benefit=("a", "b"))])
    assert [row.total for row in quote.lines] == [0, 100]


def test_a_unit_price_raises_the_price():
    """A unit price above the list price is not applied."""
    quote = price(request(line("a", 100)), [offer(UNIT, FixedPrice(120))])
    assert (quote.totals.total, outcomes(quote)) == (100, {"1": "takes_nothing"})
