"""Coupons and full reductions as the API takes and shows them. Amounts in bodies are minor units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from galleria.core.plugin_api import AmountField, Body, Money
from msgspec import Meta, Struct, field

from .terms import CouponScope, CouponTier, How, Kind, RefundPolicy, State

Moment = Annotated[datetime, Meta(tz=True)]
Name = Annotated[
    dict[
        Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")],
        Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")],
    ],
    Meta(min_length=1, max_length=20),
]
Rate = Annotated[int, Meta(ge=0, le=1_000_000)]
Cap = Annotated[int, Meta(ge=1, le=10**15)]
Limit = Annotated[int, Meta(ge=1, le=10**9)]
Code = Annotated[str, Meta(min_length=4, max_length=24, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$(?!\n)")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]
Classes = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=40)], ...], Meta(max_length=20)]


class CouponsSettings(Body, kw_only=True):
    """`most_coupons_an_order`: coupons and codes that one checkout may use in this place."""

    most_coupons_an_order: Annotated[int, Meta(ge=1, le=10)] = 1


class PromotionBody(Body, kw_only=True):
    """`combines_with` names the offer classes that this goes together with: null means all, [] none."""

    name: Name
    starts_at: Moment
    ends_at: Moment
    cap: Cap | None = None
    scope: CouponScope = field(default_factory=CouponScope)
    combines_with: Classes | None = None


class CouponCampaignEdit(PromotionBody, kw_only=True):
    """A campaign's terms. `amount` goes with `amount_off`, `rate_ppm` (parts per million) and `cap` with `percent_off`.

    `threshold` is inclusive, 0 for none. A limit of null is none.
    """

    kind: Kind
    amount: AmountField = 0
    rate_ppm: Rate = 0
    threshold: AmountField = 0
    total_limit: Limit | None = None
    shopper_limit: Limit | None = 1
    refund_policy: RefundPolicy = "returned_when_all_refunded"


class CouponCampaignBody(CouponCampaignEdit, kw_only=True):
    """A new campaign. `code` goes with `how` code; neither changes later."""

    how: How = "claim"
    code: Code | None = None


class MallCouponCampaignEdit(CouponCampaignEdit, kw_only=True):
    """`platform_share_ppm` is the part of the discount that the platform bears; the stores bear the rest."""

    platform_share_ppm: Rate = 1_000_000


class MallCouponCampaignBody(CouponCampaignBody, kw_only=True):
    """A new campaign of the mall, in the mall's currency unless another is named."""

    platform_share_ppm: Rate = 1_000_000
    currency: Currency | None = None


class CouponReductionBody(PromotionBody, kw_only=True):
    """A full reduction: of its tiers, the highest that is reached counts."""

    tiers: Annotated[tuple[CouponTier, ...], Meta(min_length=1, max_length=20)]


class MallCouponReductionEdit(CouponReductionBody, kw_only=True):
    """`platform_share_ppm` is the part of the discount that the platform bears; the stores bear the rest."""

    platform_share_ppm: Rate = 1_000_000


class MallCouponReductionBody(MallCouponReductionEdit, kw_only=True):
    """A new full reduction of the mall, in the mall's currency unless another is named."""

    currency: Currency | None = None


class CouponCounts(Struct, kw_only=True):
    """Coupons by state; `returned` is how often one came back."""

    claimed: int
    held: int
    used: int
    returned: int


class CouponCampaignView(Struct, kw_only=True):
    """A campaign as staff see it. `version` goes into If-Match."""

    id: UUID
    name: Mapping[str, str]
    kind: Kind
    amount: Money
    rate_ppm: int
    cap: Money | None
    threshold: Money
    scope: CouponScope
    combines_with: tuple[str, ...] | None
    how: How
    code: str | None
    total_limit: int | None
    shopper_limit: int | None
    platform_share_ppm: int
    refund_policy: RefundPolicy
    starts_at: datetime
    ends_at: datetime
    state: State
    version: int
    counts: CouponCounts


class CouponTierView(Struct, kw_only=True):
    """`amount` off, or `rate_ppm` parts per million, from `at` on."""

    at: Money
    amount: Money
    rate_ppm: int


class CouponReductionView(Struct, kw_only=True):
    """A full reduction as staff see it. `version` goes into If-Match."""

    id: UUID
    name: Mapping[str, str]
    tiers: list[CouponTierView]
    cap: Money | None
    scope: CouponScope
    combines_with: tuple[str, ...] | None
    platform_share_ppm: int
    starts_at: datetime
    ends_at: datetime
    state: State
    version: int


class CouponOffer(Struct, kw_only=True):
    """A campaign as shoppers see it. `available` is false once all its coupons are claimed."""

    id: UUID
    name: str
    kind: Kind
    amount: Money
    rate_ppm: int
    cap: Money | None
    threshold: Money
    scope: CouponScope
    shopper_limit: int | None
    refund_policy: RefundPolicy
    starts_at: datetime
    ends_at: datetime
    available: bool


class CouponReductionOffer(Struct, kw_only=True):
    """A full reduction as shoppers see it: no coupon is needed."""

    id: UUID
    name: str
    tiers: list[CouponTierView]
    cap: Money | None
    scope: CouponScope
    starts_at: datetime
    ends_at: datetime


class CouponView(Struct, kw_only=True):
    """A shopper's coupon: claimed, held by an unpaid order, used, or expired. Ask the cart for it by its id."""

    id: UUID
    state: str
    claimed_at: datetime
    changed_at: datetime
    campaign: CouponOffer
