"""Who gets what of a batch, in order of arrival."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from galleria_coupons.deciding import Locked, Stock, Wish, decide
from hypothesis import given
from hypothesis import strategies as st

from .build import NOW, campaign

ANNA, BEN = UUID(int=1), UUID(int=2)


def coupon(number, **more):
    plain = {
        "id": UUID(int=number), "account_id": ANNA, "state": "claimed", "campaign_state": "active",
        "starts_at": NOW - timedelta(days=1), "ends_at": NOW + timedelta(days=1),
    }  # fmt: skip
    return Locked(**{**plain, **more})


def wish(number, *coupons, account=ANNA, codes=()):
    """Checkout `number` wants coupons by number, and campaigns by code."""
    order = [UUID(int=1000 + number)]
    return Wish(
        checkout_id=UUID(int=number),
        account_id=account,
        coupons={UUID(int=one): order for one in coupons},
        codes=dict.fromkeys(codes, order),
    )


def stock(*coupons, campaigns=(), had=None):
    return Stock({one.id: one for one in coupons}, {one.id: one for one in campaigns}, had or {})


@pytest.mark.parametrize(
    ("found", "word"),
    [
        ((), "not_yours"),
        ((coupon(1, account_id=BEN),), "not_yours"),
        ((coupon(1, account_id=BEN, state="used"),), "not_yours"),
        ((coupon(1, state="held"),), "already_used"),
        ((coupon(1, state="used"),), "already_used"),
        ((coupon(1, campaign_state="ended"),), "ended"),
        ((coupon(1, ends_at=NOW),), "expired"),
        ((coupon(1, starts_at=NOW + timedelta(seconds=1)),), "expired"),
    ],
)
def test_a_coupon_that_cannot_be_used_is_refused_with_the_reason(found, word):
    """Another shopper's coupon is not described any further."""
    decision = decide([wish(1, 1)], stock(*found), NOW)
    assert (decision.refused, list(decision.holds)) == ({UUID(int=1): word}, [])


@pytest.mark.parametrize(
    ("terms", "had", "word"),
    [
        ({"state": "ended"}, 0, "ended"),
        ({"ends_at": NOW}, 0, "expired"),
        ({"total_limit": 3, "claimed": 3}, 0, "limit_reached"),
        ({"shopper_limit": 1}, 1, "limit_reached"),
    ],
)
def test_a_code_that_cannot_be_used_is_refused_with_the_reason(terms, had, word):
    """Ended, out of its window, or used up, in all or by this shopper."""
    one = campaign(how="code", code="TEA-5", **terms)
    decision = decide([wish(1, codes=[one.id])], stock(campaigns=[one], had={(one.id, ANNA): had}), NOW)
    assert decision.refused == {UUID(int=1): word}


def test_a_campaign_that_is_claimed_is_no_code():
    """Its coupons are claimed one by one; naming it holds nothing."""
    one = campaign()
    assert decide([wish(1, codes=[one.id])], stock(campaigns=[one]), NOW).refused == {UUID(int=1): "ended"}


def test_a_checkout_is_refused_as_a_whole():
    """Of two coupons one is used: the other is not held, and the next checkout may have it."""
    decision = decide([wish(1, 1, 2), wish(2, 1)], stock(coupon(1), coupon(2, state="used")), NOW)
    assert decision.refused == {UUID(int=1): "already_used"}
    assert [(hold.coupon_id, hold.checkout_id) for hold in decision.holds] == [(UUID(int=1), UUID(int=2))]


@given(
    wanted=st.lists(st.tuples(st.sampled_from([ANNA, BEN]), st.integers(0, 4), st.booleans()), max_size=12),
    total=st.integers(0, 6),
    own=st.integers(0, 4),
    claimed=st.integers(0, 3),
)
def test_no_coupon_is_held_twice_and_no_limit_is_passed(wanted, total, own, claimed):
    """For any batch; who is refused found the thing gone, and deciding anew without the refused refuses nobody."""
    one = campaign(how="code", code="TEA-5", total_limit=total + claimed, shopper_limit=own or None, claimed=claimed)
    coupons = [coupon(number, account_id=ANNA if number % 2 else BEN) for number in range(4)]
    wishes = [
        wish(at, number, account=account, codes=[one.id] if coded else ())
        for at, (account, number, coded) in enumerate(wanted)
    ]
    there = stock(*coupons, campaigns=[one])
    decision = decide(wishes, there, NOW)
    held = Counter(hold.coupon_id for hold in decision.holds if hold.coupon_id is not None)
    uses = [hold.account_id for hold in decision.holds if hold.campaign_id == one.id]
    assert all(times == 1 for times in held.values())
    assert len(uses) <= total
    assert not own or all(times <= own for times in Counter(uses).values())
    assert {hold.checkout_id for hold in decision.holds}.isdisjoint(decision.refused)
    again = decide([one for one in wishes if one.checkout_id not in decision.refused], there, NOW)
    assert (again.refused, again.holds) == ({}, decision.holds)
