"""One fact of the pricing rules a test, each on numbers that can be checked by hand."""

from __future__ import annotations

from typing import Any

from galleria.core.pricing.engine import price
from galleria.core.types import (
    Amount,
    BuyGet,
    FixedPrice,
    Funder,
    LineKind,
    Measure,
    Offer,
    Per,
    Percent,
    Phase,
    Policy,
    PriceLine,
    Quote,
    Threshold,
    Tier,
    Tiered,
)

from .build import line, offer, request, shipping, store, tax

UNIT, LINE, ORDER = Phase.UNIT_PRICE, Phase.LINE_DISCOUNT, Phase.ORDER_DISCOUNT


def totals(lines: list[PriceLine], *offers: Offer, **more: Any) -> list[int]:
    return [row.total for row in price(request(*lines), offers, **more).lines]


def outcomes(quote: Quote) -> dict[str, str]:
    return {entry.code: entry.outcome for entry in quote.trace}


def test_a_unit_price_rounds_the_unit():
    """15 % off 3 units at 33 is 5 off each unit, since the unit's price is rounded, not the line's."""
    assert totals([line("a", 33, 3)], offer(UNIT, Percent(150_000))) == [84]


def test_the_cheapest_unit_price_wins_its_line():
    """Each line goes to the cheapest unit price; an offer keeps the lines that it wins."""
    first, second = offer(UNIT, FixedPrice(80), code="1"), offer(UNIT, Percent(300_000), code="2")
    assert totals([line("a", 100), line("b", 300)], first, second) == [70, 80]


def test_a_line_has_one_unit_price():
    """A higher level's unit price keeps its line, even from a cheaper one below it."""
    seckill = offer(UNIT, FixedPrice(90), code="s", offer_class="activity")
    member = offer(UNIT, FixedPrice(50), code="m", offer_class="member")
    quote = price(request(line("a", 100)), [member, seckill])
    assert quote.totals.total == 90
    assert outcomes(quote) == {"s": "applied", "m": "not_combinable"}


def test_a_line_percentage_is_rounded_per_line():
    """5 % off 10 and 10 is 1 + 1 as a line discount and 1 as an order discount."""
    lines = [line("a", 10), line("b", 10)]
    assert totals(lines, offer(LINE, Percent(50_000))) == [9, 9]
    assert totals(lines, offer(ORDER, Percent(50_000))) == [9, 10]


def test_stacked_percentages_compound():
    """Two times 10 % off 1000 is 810."""
    assert totals([line("a", 1000)], offer(ORDER, Percent(100_000)), offer(ORDER, Percent(100_000), code="2")) == [810]


def test_amounts_come_before_percentages():
    """100 off and 10 % off 1000 is 810, whichever is named first."""
    assert totals([line("a", 1000)], offer(ORDER, Percent(100_000)), offer(ORDER, Amount(100, Per.ONCE), code="2")) == [
        810
    ]


def test_a_minimum_price_binds_discounts_and_not_tenders():
    """A line with a minimum of 90 gives 10, the other line the rest; points may pay all of it."""
    lines = [line("a", 100, minimum_price=90), line("b", 100)]
    assert totals(lines, offer(ORDER, Amount(60, Per.ONCE))) == [90, 50]
    points = offer(Phase.TENDER, Amount(500, Per.ONCE), code="2")
    assert price(request(*lines), [offer(ORDER, Amount(60, Per.ONCE)), points]).totals.due == 0


def test_a_threshold_is_inclusive():
    """99 is below a threshold of 100 and 100 meets it; so with numbers of units."""
    by_amount = offer(ORDER, Amount(10, Per.ONCE), threshold=Threshold(100))
    assert totals([line("a", 99)], by_amount) == [99]
    assert totals([line("a", 100)], by_amount) == [90]
    by_count = offer(ORDER, Amount(10, Per.ONCE), threshold=Threshold(count=2))
    assert totals([line("a", 100)], by_count) == [100]
    assert totals([line("a", 100, 2)], by_count) == [190]


def test_three_sets_are_independent():
    """Buying a (qualifies) makes b cheaper (benefits), from 50 spent on c (measured)."""
    deal = offer(ORDER, Percent(500_000), qualify=("a",), benefit=("b",), threshold=Threshold(50, 0, ("c",)))
    assert totals([line("a", 10), line("b", 10), line("c", 50)], deal) == [10, 5, 50]
    assert totals([line("a", 10), line("b", 10), line("c", 49)], deal) == [10, 10, 49]
    assert totals([line("b", 10), line("c", 50)], deal) == [10, 50]


def test_a_cap_bounds_the_whole_offer():
    """Half off with a cap of 30 takes 30 in all, spread by what the lines cost."""
    assert totals([line("a", 100), line("b", 200)], offer(LINE, Percent(500_000), cap=30)) == [90, 180]


def test_the_highest_tier_that_is_reached_counts():
    """From 100: 10 off; from 200: 30 off. At 199 it is 10, at 200 it is 30."""
    tiers = Tiered(Measure.AMOUNT, (Tier(200, Amount(30, Per.ONCE)), Tier(100, Amount(10, Per.ONCE))))
    assert [totals([line("a", p)], offer(ORDER, tiers)) for p in (99, 199, 200)] == [[99], [189], [170]]


def test_a_bundle_has_one_price():
    """A fixed price said once is what the lines cost together."""
    assert sum(totals([line("a", 70), line("b", 50)], offer(ORDER, FixedPrice(99, Per.ONCE)))) == 99


def test_the_cheapest_unit_is_given():
    """Buy 2 get 1 over 30, 20 and 10 gives the 10; with five units still one, with six two."""
    lines = [line("a", 30), line("b", 20), line("c", 10)]
    assert totals(lines, offer(LINE, BuyGet(2, 1))) == [30, 20, 0]
    assert totals([line("a", 30, 5)], offer(LINE, BuyGet(2, 1))) == [120]
    assert totals([line("a", 30, 6)], offer(LINE, BuyGet(2, 1))) == [120]
    assert totals([line("a", 30, 6)], offer(LINE, BuyGet(2, 1, times=1))) == [150]


def test_units_used_up_are_not_counted_again():
    """Three units make one set for two such offers if they use up their units, and two sets if not."""
    for uses_up, left in ((True, 60), (False, 40)):
        deals = [offer(LINE, BuyGet(2, 1), code=code, uses_up_units=uses_up) for code in "12"]
        assert totals([line("a", 30, 3)], *deals) == [left]


def test_units_worth_nothing_are_not_counted():
    """A free gift does not make up a set."""
    assert totals([line("a", 30, 2), line("gift", 0)], offer(LINE, BuyGet(2, 1))) == [60, 0]


def test_an_offer_loses_only_the_lines_that_it_may_not_share():
    """A coupon that does not combine with the seckill on a keeps b, and its threshold is measured there."""
    seckill = offer(UNIT, FixedPrice(50), code="s", offer_class="activity", benefit=("a",))
    coupon = offer(ORDER, Percent(100_000), offer_class="coupon", combines_with=("reduction",))
    assert totals([line("a", 100), line("b", 100)], seckill, coupon) == [50, 90]


def test_consent_is_asked_of_both():
    """A seckill that combines with nothing keeps its line from a coupon that combines with all."""
    seckill = offer(UNIT, FixedPrice(50), offer_class="activity", benefit=("a",), combines_with=())
    coupon = offer(ORDER, Percent(100_000), code="c", offer_class="coupon")
    assert totals([line("a", 100), line("b", 100)], seckill, coupon) == [50, 90]


def test_tags_give_consent_too():
    """An offer may agree to be combined with a tag instead of a class."""
    one = offer(ORDER, Amount(10, Per.ONCE), combines_with=("friendly",))
    assert totals([line("a", 100)], one, offer(ORDER, Amount(5, Per.ONCE), code="2", tags=("friendly",))) == [85]
    assert totals([line("a", 100)], one, offer(ORDER, Amount(5, Per.ONCE), code="2")) == [90]


def test_the_set_that_saves_most_wins():
    """Two offers of 30 that combine beat one of 50 that does not combine with them."""
    small = [offer(ORDER, Amount(30, Per.ONCE), code=code) for code in "12"]
    assert totals([line("a", 100)], *small, offer(ORDER, Amount(50, Per.ONCE), code="3", combines_with=())) == [40]


def test_a_tie_goes_to_the_first_by_plugin_and_code():
    """Of two coupons that save the same, the one with the smaller plugin name, then code, is applied."""
    two = [offer(ORDER, Amount(5, Per.ONCE), code=code, exclusive_group="coupon") for code in "ba"]
    assert outcomes(price(request(line("a", 100)), two)) == {"a": "applied", "b": "not_best"}


def test_an_exclusive_group_of_line_discounts_is_decided_line_by_line():
    """Each line takes the better discount of the group."""
    two = [
        offer(LINE, Percent(100_000), exclusive_group="g"),
        offer(LINE, Amount(15, Per.LINE), code="2", exclusive_group="g"),
    ]
    assert totals([line("a", 100), line("b", 200)], *two) == [85, 180]


def test_stores_do_not_share_an_exclusive_group():
    """Two stores' coupons of one group both apply; the mall's of that group excludes them."""
    lines = [line("a", 100), line("b", 100, store_id=store(2))]
    own = [offer(ORDER, Amount(10, Per.ONCE), store_id=store(n), exclusive_group="coupon") for n in (1, 2)]
    assert totals(lines, *own) == [90, 90]
    assert totals(lines, *own, offer(ORDER, Amount(30, Per.ONCE), exclusive_group="coupon")) == [85, 85]


def test_a_policy_turns_the_levels_round():
    """With coupons before reductions the coupon's percentage sees the full price."""
    both = [offer(ORDER, Percent(100_000), offer_class="coupon"), offer(ORDER, Amount(100, Per.ONCE), code="2")]
    assert totals([line("a", 1000)], *both) == [810]
    assert totals([line("a", 1000)], *both, policy=Policy(mall=("coupon", "reduction"))) == [800]
    own = [offer(o.phase, o.effect, code=o.code, offer_class=o.offer_class, store_id=store(1)) for o in both]
    assert totals([line("a", 1000)], *own, policy=Policy(stores={store(1): ("coupon", "reduction")})) == [800]


def test_a_shipping_discount_takes_of_shipping_alone():
    """Free shipping from 100 of goods leaves the goods alone, and needs the threshold after phase 3."""
    free = offer(Phase.SHIPPING_DISCOUNT, Percent(1_000_000), threshold=Threshold(100))
    assert totals([line("a", 100)], free, shipping=[shipping(8)]) == [100, 0]
    less = offer(ORDER, Amount(1, Per.ONCE), code="2")
    assert totals([line("a", 100)], free, less, shipping=[shipping(8)]) == [99, 8]


def test_a_fee_is_a_row_of_each_store():
    """A mall's fee of 2 % is spread over the stores by what their goods cost, rounded once."""
    lines = [line("a", 100), line("b", 150, store_id=store(2))]
    quote = price(request(*lines), [offer(Phase.FEE, Percent(20_000), code="pack")])
    fees = [row for row in quote.lines if row.kind is LineKind.FEE]
    assert [(row.store_id, row.total) for row in fees] == [(store(1), 2), (store(2), 3)]
    assert (quote.totals.fees, quote.totals.total) == (5, 255)
    assert fees[0].id == f"mall-fee:{store(1)}:p:pack"


def test_a_fee_asks_nobody():
    """A coupon that combines with nothing keeps no fee away, but keeps points from paying for its lines."""
    coupon = offer(ORDER, Amount(10, Per.ONCE), combines_with=())
    fee, points = offer(Phase.FEE, Amount(5, Per.ONCE), code="f"), offer(Phase.TENDER, Amount(50, Per.ONCE), code="t")
    quote = price(request(line("a", 100)), [coupon, fee, points])
    assert (quote.totals.fees, quote.totals.tenders, quote.totals.due) == (5, 5, 90)


def test_a_tender_changes_no_base():
    """Points pay for tax as well, and the tax is that of the full price."""
    points = offer(Phase.TENDER, Amount(50, Per.ONCE))
    quote = price(request(line("a", 100)), [points], taxes=[tax("a", 100_000, included=False)])
    assert (quote.totals.tax, quote.totals.total, quote.totals.due) == (10, 110, 60)
    assert quote.lines[0].balances == (100, 110)
    assert quote.adjustments[-1].amount == -50


def test_an_adjustment_says_what_was_applied():
    """An adjustment keeps the offer's terms, its basis, its version, its reference and who bears it."""
    one = offer(ORDER, Percent(100_000), cap=50, reference="coupon/7", funder=Funder.PLATFORM)
    (made,) = price(request(line("a", 200)), [one], versions={"p": "1.2"}).adjustments
    assert (made.amount, made.basis, made.plugin_version, made.reference) == (-20, 200, "1.2", "coupon/7")
    assert (made.funder, made.platform_share_ppm) == (Funder.PLATFORM, 1_000_000)
    assert made.definition == {
        "class": "reduction",
        "effect": {"type": "percent", "rate_ppm": 100_000},
        "cap": 50,
    }


def test_offers_with_one_key_are_refused():
    """Two offers of a plugin with one code in one phase and scope are both dropped: no order may decide."""
    quote = price(request(line("a", 100)), [offer(ORDER, Percent(100_000)), offer(ORDER, Percent(200_000))])
    assert quote.totals.total == 100
    assert [entry.outcome for entry in quote.trace] == ["duplicate", "duplicate"]


def test_the_trace_says_how_a_component_was_searched():
    """Up to twenty conflicting offers are searched exactly; of more, the twenty heaviest compete."""
    rivals = [offer(ORDER, Amount(n + 1, Per.ONCE), code=f"{n:02}", exclusive_group="g") for n in range(25)]
    few = price(request(line("a", 100)), rivals[:20]).trace
    assert {(entry.detail["search"], entry.detail["component"]) for entry in few} == {("exact", 20)}
    quote = price(request(line("a", 100)), rivals)
    assert quote.totals.discounts == 25
    assert {entry.detail["search"] for entry in quote.trace} == {"bounded"}
    assert [code for code, outcome in outcomes(quote).items() if outcome == "not_considered"] == [
        f"{n:02}" for n in range(5)
    ]
