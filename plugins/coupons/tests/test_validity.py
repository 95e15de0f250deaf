"""Which terms make sense, and what of them may still change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from galleria_coupons import validity
from galleria_coupons.terms import Campaign, CouponTier, Reduction
from msgspec.structs import asdict

from .build import NOW, campaign, reduction


def paths(faults):
    return [fault.path for fault in faults]


def test_sound_terms_have_no_fault():
    """A campaign and a reduction as the other tests make them."""
    assert paths(validity.faults(Campaign, asdict(campaign()))) == []
    assert paths(validity.faults(Reduction, asdict(reduction((100, 10))))) == []


def test_every_fault_is_named_at_once():
    """The window, the discount and the code, each by its field."""
    wrong = asdict(campaign(ends_at=NOW - timedelta(days=2), amount=0, how="code"))
    assert paths(validity.faults(Campaign, wrong)) == ["ends_at", "amount", "code"]


def test_tiers_start_at_amounts_of_their_own_and_say_one_effect():
    """Two at one amount, one without an effect, one with two."""
    tiers = [CouponTier(at=5, amount=1), CouponTier(at=5), CouponTier(at=6, amount=1, rate_ppm=1)]
    assert paths(validity.tier_faults(tiers)) == ["tiers", "tiers.1", "tiers.2"]


@pytest.mark.parametrize("name", sorted(validity.ALWAYS_OPEN))
def test_what_is_open_is_no_change_of_the_terms(name):
    """Name, end and limits of an active campaign."""
    before = campaign()
    assert validity.frozen_changes(before, {**asdict(before), name: object()}) == []


def test_everything_else_is():
    """Each field that is said otherwise is named, in order."""
    before = campaign()
    said = {**asdict(before), "threshold": 1, "amount": 1, "name": {"en": "x"}}
    assert validity.frozen_changes(before, said) == ["amount", "threshold"]


@pytest.mark.parametrize(
    ("total", "own", "wrong"),
    [
        (None, None, []),
        (5, 2, []),
        (4, 2, ["total_limit"]),
        (5, 1, ["shopper_limit"]),
        (4, 1, ["total_limit", "shopper_limit"]),
    ],
)
def test_limits_end_where_the_claims_are(total, own, wrong):
    """Five are claimed, two by one shopper."""
    said = {"total_limit": total, "shopper_limit": own}
    assert paths(validity.limit_faults(campaign(claimed=5), said, 2)) == wrong


def test_an_end_moves_later_only():
    """The same moment is no move."""
    before = campaign()
    assert paths(validity.end_faults(before, before.ends_at)) == []
    assert paths(validity.end_faults(before, before.ends_at - timedelta(seconds=1))) == ["ends_at"]
