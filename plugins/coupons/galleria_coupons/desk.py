"""What the routes of a store and those of the mall have in common: a body in, a view out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from galleria.core.plugin_api import Mall, Page, cursors
from litestar import Response
from msgspec.structs import asdict

from . import promotions, queries, rules, views
from .parameters import versioned
from .promotions import Said
from .schemas import (
    CouponCampaignBody,
    CouponCampaignEdit,
    CouponCampaignView,
    CouponOffer,
    CouponReductionBody,
    CouponReductionOffer,
    CouponReductionView,
    CouponView,
    PromotionBody,
)
from .terms import Campaign, Reduction

STORE_SHARE = {"platform_share_ppm": 0}
"""What a store offers, it bears itself: its staff cannot say otherwise."""


def said_of(body: PromotionBody, **fixed: Any) -> Said:
    """The fields of a body; `fixed` are those that the place decides."""
    return {**asdict(body), **fixed}


async def campaign_page(
    store_id: UUID | None, state: str | None, limit: int, cursor: str | None
) -> Page[CouponCampaignView]:
    before = cursors.decode(cursor, UUID)
    found = await queries.page(Campaign, store_id, state=state, before=before, limit=limit)
    counts = await queries.counts(store_id, [one.id for one in found])
    return cursors.page(
        found, limit, lambda one: one.id, lambda one: views.campaign_view(one, counts.get(one.id, queries.NO_COUNTS))
    )


async def campaign(store_id: UUID | None, campaign_id: UUID) -> Response[CouponCampaignView]:
    return await _shown(store_id, await promotions.known(Campaign, store_id, campaign_id))


async def make_campaign(
    mall: Mall, store_id: UUID | None, body: CouponCampaignBody, **fixed: Any
) -> CouponCampaignView:
    code = None if body.code is None else rules.normal_code(body.code)
    said = said_of(body, **fixed, code=code)
    return views.campaign_view(await promotions.make(mall, Campaign, store_id, said))


async def edit_campaign(
    mall: Mall, store_id: UUID | None, campaign_id: UUID, version: int, body: CouponCampaignEdit, **fixed: Any
) -> Response[CouponCampaignView]:
    said = said_of(body, **fixed)
    return await _shown(store_id, await promotions.edit(mall, Campaign, store_id, campaign_id, version, said))


async def activate_campaign(
    mall: Mall, store_id: UUID | None, campaign_id: UUID, version: int
) -> Response[CouponCampaignView]:
    return await _shown(store_id, await promotions.activate(mall, Campaign, store_id, campaign_id, version))


async def end_campaign(mall: Mall, store_id: UUID | None, campaign_id: UUID) -> Response[CouponCampaignView]:
    return await _shown(store_id, await promotions.end(mall, Campaign, store_id, campaign_id))


async def _shown(store_id: UUID | None, one: Campaign) -> Response[CouponCampaignView]:
    counts = (await queries.counts(store_id, [one.id])).get(one.id, queries.NO_COUNTS)
    return versioned(views.campaign_view(one, counts), one.version)


async def reduction_page(
    store_id: UUID | None, state: str | None, limit: int, cursor: str | None
) -> Page[CouponReductionView]:
    before = cursors.decode(cursor, UUID)
    found = await queries.page(Reduction, store_id, state=state, before=before, limit=limit)
    return cursors.page(found, limit, lambda one: one.id, views.reduction_view)


async def reduction(store_id: UUID | None, reduction_id: UUID) -> Response[CouponReductionView]:
    return _shown_reduction(await promotions.known(Reduction, store_id, reduction_id))


async def make_reduction(
    mall: Mall, store_id: UUID | None, body: CouponReductionBody, **fixed: Any
) -> CouponReductionView:
    said = said_of(body, **fixed)
    return views.reduction_view(await promotions.make(mall, Reduction, store_id, said))


async def edit_reduction(
    mall: Mall, store_id: UUID | None, reduction_id: UUID, version: int, body: CouponReductionBody, **fixed: Any
) -> Response[CouponReductionView]:
    said = said_of(body, **fixed)
    return _shown_reduction(await promotions.edit(mall, Reduction, store_id, reduction_id, version, said))


async def activate_reduction(
    mall: Mall, store_id: UUID | None, reduction_id: UUID, version: int
) -> Response[CouponReductionView]:
    return _shown_reduction(await promotions.activate(mall, Reduction, store_id, reduction_id, version))


async def end_reduction(mall: Mall, store_id: UUID | None, reduction_id: UUID) -> Response[CouponReductionView]:
    return _shown_reduction(await promotions.end(mall, Reduction, store_id, reduction_id))


def _shown_reduction(one: Reduction) -> Response[CouponReductionView]:
    return versioned(views.reduction_view(one), one.version)


async def claimable(
    store_id: UUID | None, locale: str, now: datetime, limit: int, cursor: str | None
) -> Page[CouponOffer]:
    after = cursors.decode(cursor, UUID)
    found = await queries.claimable(store_id, now, after=after, limit=limit)
    return cursors.page(found, limit, lambda one: one.id, lambda one: views.offer(one, locale, now))


async def reductions_now(store_id: UUID | None, locale: str, now: datetime) -> list[CouponReductionOffer]:
    found = await queries.active_reductions(store_id)
    return [views.reduction_offer(one, locale) for one in found if one.is_on(now)]


async def coupons_of(
    store_id: UUID | None,
    account_id: UUID,
    locale: str,
    now: datetime,
    state: str | None,
    limit: int,
    cursor: str | None,
) -> Page[CouponView]:
    before = cursors.decode(cursor, UUID)
    found = await queries.coupons_of(store_id, account_id, now, state=state, before=before, limit=limit)
    return cursors.page(found, limit, lambda one: one.id, lambda one: views.coupon_view(one, locale, now))
