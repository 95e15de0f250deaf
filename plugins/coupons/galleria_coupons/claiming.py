"""A shopper claims a coupon. Two conditional counters decide: the shopper's own, and last the campaign's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from galleria.core.plugin_api import Conflict, db, new_id

from . import queries
from .problems import CampaignNotFound, CouponEnded, CouponLimitReached, CouponNotStarted, CouponsGone
from .terms import Campaign, Coupon

_INSERT = """
INSERT INTO coupons_coupon (id, store_id, campaign_id, account_id, state, order_ids, returns, claimed_at, changed_at)
VALUES ($1, $2, $3, $4, 'claimed', '{}', 0, $5, $5)
"""
_COUNT_SHOPPER = """
INSERT INTO coupons_tally (id, store_id, campaign_id, account_id, claimed) VALUES ($1, $2, $3, $4, 1)
ON CONFLICT (campaign_id, account_id) DO UPDATE SET claimed = coupons_tally.claimed + 1
WHERE $5::int IS NULL OR coupons_tally.claimed < $5 RETURNING claimed
"""
_COUNT_CAMPAIGN = """
UPDATE coupons_campaign SET claimed = claimed + 1
WHERE id = $1 AND store_id IS NOT DISTINCT FROM $2 AND how = 'claim' AND state = 'active'
  AND starts_at <= $3 AND ends_at > $3 AND (total_limit IS NULL OR claimed < total_limit)
  AND (shopper_limit IS NULL OR shopper_limit >= $4)
"""


@db.atomic
async def claim(store_id: UUID | None, campaign_id: UUID, account_id: UUID, now: datetime) -> Coupon:
    """Give the shopper a coupon.

    Raises CampaignNotFound, CouponNotStarted, CouponEnded, CouponsGone, CouponLimitReached. Who comes too late
    learns it from a plain read: the campaign's row, which all who claim share, is locked by the last statement
    of those only who may succeed.
    """
    campaign = await _claimable(store_id, campaign_id, now)
    coupon_id = new_id()
    await db.execute(_INSERT, coupon_id, store_id, campaign_id, account_id, now)
    had = await db.fetch_value(_COUNT_SHOPPER, new_id(), store_id, campaign_id, account_id, campaign.shopper_limit)
    if had is None:
        raise CouponLimitReached
    claimed = await queries.coupon(store_id, account_id, coupon_id, now)
    if not await db.execute(_COUNT_CAMPAIGN, campaign_id, store_id, now, had):
        await _claimable(store_id, campaign_id, now)
        raise CouponLimitReached
    if claimed is None:
        raise AssertionError("a coupon was just claimed and is gone")
    return claimed


async def _claimable(store_id: UUID | None, campaign_id: UUID, now: datetime) -> Campaign:
    campaign = await queries.find(Campaign, store_id, campaign_id)
    if campaign is None or campaign.how != "claim" or campaign.state == "draft":
        raise CampaignNotFound
    objection = _objection(campaign, now)
    if objection is not None:
        raise objection
    return campaign


def _objection(campaign: Campaign, now: datetime) -> Conflict | None:
    if campaign.state == "ended" or now >= campaign.ends_at:
        return CouponEnded()
    if now < campaign.starts_at:
        return CouponNotStarted()
    return CouponsGone() if campaign.is_used_up() else None
