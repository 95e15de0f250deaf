"""From what was asked for to offers."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from galleria.core.plugin_api import Amount, Ask, Measure, Per, Percent, Threshold, Tier, Tiered
from galleria.core.pricing import engine
from galleria_coupons import rules
from galleria_coupons.rules import Found
from galleria_coupons.terms import CouponScope
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from .build import NOW, campaign, line, reduction, request


def found(**more):
    return Found(campaign=campaign(**more), coupon_id=uuid4())


def test_references_are_ids_or_codes():
    """A UUID in any spelling is a coupon, what could be a code is one, in capitals; the rest is nothing."""
    coupon = uuid4()
    texts = (str(coupon).upper(), coupon.hex, " tea-5 ", "\x00", "\ud800", "'; --", "TEA", "T" * 25, "ＴＥＡ５")
    asks = [Ask(plugin="coupons", reference=text) for text in texts]
    assert rules.asked(asks) == rules.Asked((coupon, coupon), ("TEA-5",))
    assert not rules.asked(asks[3:])


def test_an_offer_says_what_the_campaign_says():
    """Amount, threshold, funder, combination and reference are the campaign's and the coupon's."""
    one = found(threshold=900, combines_with=("reduction",), platform_share_ppm=300_000)
    [offer] = rules.coupon_offers(request(asks=[str(one.coupon_id)]), [one], most=1)
    assert (offer.effect, offer.threshold, offer.benefit) == (Amount(500, Per.ONCE), Threshold(amount=900), None)
    assert (offer.code, offer.reference) == (f"coupon:{one.coupon_id}", f"coupon:{one.coupon_id}")
    assert (offer.combines_with, offer.platform_share_ppm, offer.offer_class) == (("reduction",), 300_000, "coupon")
    assert offer.label == "券"


def test_a_percentage_is_one_of_the_sum_with_a_cap():
    """Once over all goods in scope, so it is rounded once."""
    one = found(kind="percent_off", amount=0, rate_ppm=100_000, cap=50)
    offer = rules.coupon_offer(one, [line()], "en")
    assert (offer.effect, offer.cap, offer.label) == (Percent(100_000), 50, "Coupon")


def test_two_coupons_of_one_campaign_are_two_offers():
    """The code of an offer is the coupon's, not the campaign's."""
    terms = campaign()
    both = [Found(campaign=terms, coupon_id=uuid4()) for _ in range(2)]
    offers = rules.coupon_offers(request(asks=[str(one.coupon_id) for one in both]), both, most=2)
    assert len({offer.code for offer in offers}) == 2


@pytest.mark.parametrize(
    ("moment", "offered"),
    [
        (-timedelta(days=1, seconds=1), 0),
        (-timedelta(days=1), 1),
        (timedelta(days=1, microseconds=-1), 1),
        (timedelta(days=1), 0),
    ],
)
def test_a_window_includes_its_start_and_not_its_end(moment, offered):
    """For coupons and for full reductions."""
    wanted, one = request(now=NOW + moment), found()
    assert len(rules.coupon_offers(wanted, [one], most=1)) == offered
    assert len(rules.reduction_offers(wanted, [reduction((1, 1))])) == offered


def test_the_first_usable_ones_are_offered_in_the_order_of_the_asks():
    """What has expired, is in another currency or covers nothing takes no place."""
    expired = found(ends_at=NOW)
    foreign = found(currency="USD")
    elsewhere = found(scope=CouponScope(sku_ids=frozenset({uuid4()})))
    first, second, third = found(), found(), found()
    wanted = [expired, foreign, elsewhere, first, second, third]
    asks = [str(one.coupon_id) for one in wanted]
    offers = rules.coupon_offers(request(asks=asks), wanted[::-1], most=2)
    assert [offer.reference for offer in offers] == [first.reference, second.reference]


def test_a_code_is_found_again_by_what_was_typed():
    """Codes and coupons take their places by the asks, whatever order the database has."""
    coded = Found(campaign=campaign(how="code", code="TEA-5"), coupon_id=None)
    coupon = found()
    [offer] = rules.coupon_offers(request(asks=["tea-5 ", str(coupon.coupon_id)]), [coupon, coded], most=1)
    assert offer.reference == f"code:{coded.campaign.id}"


def test_a_reduction_is_one_tiered_offer():
    """Tiers by amount; its class is above a coupon's in the shipped policy."""
    terms = reduction((10_000, 2_000), (20_000, 5_000))
    [offer] = rules.reduction_offers(request(), [terms])
    tiers = (Tier(10_000, Amount(2_000, Per.ONCE)), Tier(20_000, Amount(5_000, Per.ONCE)))
    assert (offer.effect, offer.offer_class) == (Tiered(Measure.AMOUNT, tiers), "reduction")


amounts = st.integers(min_value=0, max_value=200_000)


@given(
    prices=st.lists(amounts, min_size=1, max_size=5),
    percent=st.one_of(st.none(), st.integers(min_value=1, max_value=1_000_000)),
    amount=st.integers(min_value=1, max_value=200_000),
    threshold=amounts,
    cap=st.one_of(st.none(), st.integers(min_value=1, max_value=50_000)),
    covered=st.integers(min_value=0, max_value=31),
)
def test_a_coupon_takes_what_its_terms_say_from_what_it_covers(prices, percent, amount, threshold, cap, covered):
    """Against the plain reading of the terms: from the threshold on, at most the cap and the goods in scope."""
    lines = [line(f"l{at}", list_price=price) for at, price in enumerate(prices)]
    skus = frozenset(one.sku_id for at, one in enumerate(lines) if covered >> at & 1) or frozenset({uuid4()})
    discount = {"kind": "percent_off", "amount": 0, "rate_ppm": percent, "cap": cap} if percent else {"amount": amount}
    one = found(threshold=threshold, scope=CouponScope(sku_ids=skus), **discount)
    offers = rules.coupon_offers(request(*lines, asks=[str(one.coupon_id)]), [one], most=1)
    quote = engine.price(request(*lines), [replace(offer, plugin="coupons") for offer in offers])
    base = sum(price for at, price in enumerate(prices) if covered >> at & 1)
    full = (base * percent + 500_000) // 1_000_000 if percent else amount
    expected = min(full, base, cap if percent and cap else full) if base >= threshold else 0
    assert quote.totals.total == sum(prices) - expected
    left = {row.id: row.total for row in quote.lines}
    assert all(left[one.id] == one.list_price for at, one in enumerate(lines) if not covered >> at & 1)
