"""What coupons remember. `store_id` null: the mall's. Amounts are minor units of the row's currency."""

from __future__ import annotations

from galleria.core.plugin_api import new_id
from piccolo.columns import JSONB, UUID, Array, BigInt, Integer, Timestamptz, Varchar
from piccolo.table import Table


class CouponsCampaign(Table, tablename="coupons_campaign"):
    """What coupons of one kind give, to whom and how often: draft -> active -> ended.

    `claimed` counts the coupons that exist, those that a code gave back left out. `combines_with` null: with all.
    """

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    name = JSONB()
    currency = Varchar(length=3)
    kind = Varchar(length=12)
    amount = BigInt(default=0)
    rate_ppm = Integer(default=0)
    cap = BigInt(null=True, default=None)
    threshold = BigInt(default=0)
    scope = JSONB()
    combines_with = JSONB(null=True, default=None)
    how = Varchar(length=8)
    code = Varchar(length=24, null=True, default=None)
    total_limit = BigInt(null=True, default=None)
    shopper_limit = Integer(null=True, default=None)
    platform_share_ppm = Integer(default=0)
    refund_policy = Varchar(length=40)
    starts_at = Timestamptz()
    ends_at = Timestamptz()
    state = Varchar(length=8, default="draft")
    claimed = BigInt(default=0)
    version = Integer(default=1)
    created_at = Timestamptz()
    updated_at = Timestamptz()


class CouponsCoupon(Table, tablename="coupons_coupon"):
    """One shopper's coupon: claimed -> held by a checkout -> used, and back to claimed; one of a code: returned.

    `order_ids` are the orders that carry it and are not wholly refunded; `returns` counts how often it came back.
    """

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    campaign_id = UUID()
    account_id = UUID()
    state = Varchar(length=8)
    checkout_id = UUID(null=True, default=None)
    order_ids = Array(base_column=UUID(), default=list)
    returns = Integer(default=0)
    claimed_at = Timestamptz()
    changed_at = Timestamptz()


class CouponsTally(Table, tablename="coupons_tally"):
    """How many coupons of a campaign one shopper has had, those that a code gave back left out."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    campaign_id = UUID()
    account_id = UUID()
    claimed = Integer(default=0)


class CouponsReduction(Table, tablename="coupons_reduction"):
    """A full reduction, which needs no coupon: draft -> active -> ended. `tiers` are `{at, amount, rate_ppm}`."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    name = JSONB()
    currency = Varchar(length=3)
    tiers = JSONB()
    cap = BigInt(null=True, default=None)
    scope = JSONB()
    combines_with = JSONB(null=True, default=None)
    platform_share_ppm = Integer(default=0)
    starts_at = Timestamptz()
    ends_at = Timestamptz()
    state = Varchar(length=8, default="draft")
    version = Integer(default=1)
    created_at = Timestamptz()
    updated_at = Timestamptz()
