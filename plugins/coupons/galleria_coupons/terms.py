"""Campaigns, coupons and full reductions as values. Amounts are minor units of the currency that is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from galleria.core.plugin_api import Funder, PriceLine
from msgspec import Meta, Struct

Kind = Literal["amount_off", "percent_off"]
How = Literal["claim", "code"]
State = Literal["draft", "active", "ended"]
RefundPolicy = Literal["returned_when_all_refunded", "never"]
Ids = Annotated[frozenset[UUID], Meta(max_length=500)]

NOBODY: frozenset[UUID] = frozenset()


class CouponScope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which goods count and benefit: those named by product, category or SKU, or all if none is; without the excluded.

    Categories are the product's own in the mall and in its store, as they are assigned to it.
    """

    product_ids: Ids = NOBODY
    category_ids: Ids = NOBODY
    sku_ids: Ids = NOBODY
    excluded_product_ids: Ids = NOBODY
    excluded_category_ids: Ids = NOBODY
    excluded_sku_ids: Ids = NOBODY

    @property
    def is_all(self) -> bool:
        return self == EVERYTHING

    def covers(self, line: PriceLine) -> bool:
        if _named(line, self.excluded_product_ids, self.excluded_category_ids, self.excluded_sku_ids):
            return False
        if not (self.product_ids or self.category_ids or self.sku_ids):
            return True
        return _named(line, self.product_ids, self.category_ids, self.sku_ids)


EVERYTHING = CouponScope()


def _named(line: PriceLine, products: Ids, categories: Ids, skus: Ids) -> bool:
    return line.product_id in products or line.sku_id in skus or not categories.isdisjoint(line.category_ids)


class CouponTier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `at` minor units on (inclusive): `amount` minor units off, or `rate_ppm` parts per million."""

    at: Annotated[int, Meta(ge=1, le=10**15)]
    amount: Annotated[int, Meta(ge=0, le=10**15)] = 0
    rate_ppm: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class _Promotion(Struct, frozen=True, kw_only=True):
    """What campaigns and reductions share. `store_id` None: the mall's; `combines_with` None: with all classes."""

    id: UUID
    store_id: UUID | None
    name: Mapping[str, str]
    currency: str
    cap: int | None
    scope: CouponScope
    combines_with: tuple[str, ...] | None
    platform_share_ppm: int
    starts_at: datetime
    ends_at: datetime
    state: State
    version: int

    @property
    def funder(self) -> Funder:
        return Funder.PLATFORM if self.platform_share_ppm else Funder.STORE

    def is_on(self, now: datetime) -> bool:
        """Active, and inside its window: from the start, and before the end."""
        return self.state == "active" and self.starts_at <= now < self.ends_at


class Campaign(_Promotion, frozen=True, kw_only=True):
    """A coupon's terms. `cap` bounds a percentage; limits of None are none; `claimed` is how many there are."""

    kind: Kind
    amount: int
    rate_ppm: int
    threshold: int
    how: How
    code: str | None
    total_limit: int | None
    shopper_limit: int | None
    refund_policy: RefundPolicy
    claimed: int

    def is_used_up(self, claimed: int | None = None) -> bool:
        return self.total_limit is not None and (self.claimed if claimed is None else claimed) >= self.total_limit


class Reduction(_Promotion, frozen=True, kw_only=True):
    """A full reduction: the highest tier that is reached counts."""

    tiers: tuple[CouponTier, ...]


class Coupon(Struct, frozen=True, kw_only=True):
    """One shopper's coupon; its terms are the campaign's."""

    id: UUID
    account_id: UUID
    state: Literal["claimed", "held", "used", "returned", "expired"]
    claimed_at: datetime
    changed_at: datetime
    campaign: Campaign
