"""From campaigns, reductions and coupons to what the API shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from galleria.core.plugin_api import Money, text_of
from msgspec.structs import asdict

from .queries import NO_COUNTS, Counts
from .rules import is_claimable
from .schemas import (
    CouponCampaignView,
    CouponCounts,
    CouponOffer,
    CouponReductionOffer,
    CouponReductionView,
    CouponTierView,
    CouponView,
)
from .terms import Campaign, Coupon, Reduction


def campaign_view(campaign: Campaign, counts: Counts = NO_COUNTS) -> CouponCampaignView:
    shown = _fields(campaign, CouponCampaignView)
    return CouponCampaignView(**{**shown, "counts": CouponCounts(**asdict(counts))})


def reduction_view(reduction: Reduction) -> CouponReductionView:
    return CouponReductionView(**{**_fields(reduction, CouponReductionView), "tiers": _tiers(reduction)})


def offer(campaign: Campaign, locale: str, now: datetime) -> CouponOffer:
    named = {"name": text_of(campaign.name, locale), "available": is_claimable(campaign, now)}
    return CouponOffer(**{**_fields(campaign, CouponOffer), **named})


def reduction_offer(reduction: Reduction, locale: str) -> CouponReductionOffer:
    named = {"name": text_of(reduction.name, locale), "tiers": _tiers(reduction)}
    return CouponReductionOffer(**{**_fields(reduction, CouponReductionOffer), **named})


def coupon_view(coupon: Coupon, locale: str, now: datetime) -> CouponView:
    shown = {name: getattr(coupon, name) for name in ("id", "state", "claimed_at", "changed_at")}
    return CouponView(**shown, campaign=offer(coupon.campaign, locale, now))


def _tiers(reduction: Reduction) -> list[CouponTierView]:
    money = reduction.currency
    return [
        CouponTierView(at=Money(tier.at, money), amount=Money(tier.amount, money), rate_ppm=tier.rate_ppm)
        for tier in sorted(reduction.tiers, key=lambda tier: tier.at)
    ]


def _fields(promotion: Campaign | Reduction, shape: type[Any]) -> dict[str, Any]:
    """The fields that both have; amounts with their currency."""
    shown: dict[str, Any] = {name: getattr(promotion, name, None) for name in shape.__struct_fields__}
    for name in {"amount", "cap", "threshold"} & shown.keys():
        if shown[name] is not None:
            shown[name] = Money(shown[name], promotion.currency)
    return shown
