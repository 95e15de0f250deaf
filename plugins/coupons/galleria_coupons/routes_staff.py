"""A store's coupon campaigns and full reductions, for staff who may manage them."""

# ruff: noqa: ARG001  `idempotent` reads the request and the caller that a handler takes

from __future__ import annotations

from uuid import UUID

from galleria.core.plugin_api import Caller, Mall, Page, StoreRow, cursors, idempotent, required_version, staff
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from . import desk
from .desk import STORE_SHARE
from .parameters import AnyRequest, Cursor, IfMatch, Limit, PromotionState
from .schemas import (
    CouponCampaignBody,
    CouponCampaignEdit,
    CouponCampaignView,
    CouponReductionBody,
    CouponReductionView,
)

PERMISSION = "coupons.manage"
MANAGE = staff(PERMISSION)


@get("/manage/campaigns", access=MANAGE)
async def list_campaigns(
    store: NamedDependency[StoreRow],
    only: PromotionState = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CouponCampaignView]:
    """The store's campaigns with their counts, the newest first."""
    return await desk.campaign_page(store.id, only, limit, cursor)


@post("/manage/campaigns", access=MANAGE)
@idempotent
async def make_campaign(
    request: AnyRequest,
    data: JSONBody[CouponCampaignBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> CouponCampaignView:
    """A draft. 409 `coupon_code_taken`; 422 with the path of each field that cannot be."""
    return await desk.make_campaign(mall, store.id, data, currency=store.currency, **STORE_SHARE)


@get("/manage/campaigns/{campaign:uuid}", access=MANAGE)
async def read_campaign(store: NamedDependency[StoreRow], campaign: FromPath[UUID]) -> Response[CouponCampaignView]:
    """One campaign with its counts; the ETag is its version. 404 `coupon_campaign_not_found`."""
    return await desk.campaign(store.id, campaign)


@put("/manage/campaigns/{campaign:uuid}", access=MANAGE)
async def edit_campaign(
    data: JSONBody[CouponCampaignEdit],
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    campaign: FromPath[UUID],
    if_match: IfMatch = None,
) -> Response[CouponCampaignView]:
    """Replace the terms of a draft; of an active campaign the name, a later end, and limits. Needs If-Match.

    409 `promotion_terms_frozen`, `promotion_wrong_state`; 422 `below_claimed`, `moved_earlier`.
    """
    version = required_version(if_match)
    return await desk.edit_campaign(mall, store.id, campaign, version, data, **STORE_SHARE)


@post("/manage/campaigns/{campaign:uuid}/activate", access=MANAGE, status_code=200)
async def activate_campaign(
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    campaign: FromPath[UUID],
    if_match: IfMatch = None,
) -> Response[CouponCampaignView]:
    """Open a draft to shoppers, from its start on. Needs If-Match. 409 `promotion_wrong_state`."""
    return await desk.activate_campaign(mall, store.id, campaign, required_version(if_match))


@post("/manage/campaigns/{campaign:uuid}/end", access=MANAGE, status_code=200)
async def end_campaign(
    mall: NamedDependency[Mall], store: NamedDependency[StoreRow], campaign: FromPath[UUID]
) -> Response[CouponCampaignView]:
    """End a campaign for good: nothing of it can be claimed or used any more; placed orders keep their discount."""
    return await desk.end_campaign(mall, store.id, campaign)


@get("/manage/reductions", access=MANAGE)
async def list_reductions(
    store: NamedDependency[StoreRow],
    only: PromotionState = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CouponReductionView]:
    """The store's full reductions, the newest first."""
    return await desk.reduction_page(store.id, only, limit, cursor)


@post("/manage/reductions", access=MANAGE)
@idempotent
async def make_reduction(
    request: AnyRequest,
    data: JSONBody[CouponReductionBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> CouponReductionView:
    """A draft. 422 with the path of each field that cannot be."""
    return await desk.make_reduction(mall, store.id, data, currency=store.currency, **STORE_SHARE)


@get("/manage/reductions/{reduction:uuid}", access=MANAGE)
async def read_reduction(store: NamedDependency[StoreRow], reduction: FromPath[UUID]) -> Response[CouponReductionView]:
    """One full reduction; the ETag is its version. 404 `reduction_not_found`."""
    return await desk.reduction(store.id, reduction)


@put("/manage/reductions/{reduction:uuid}", access=MANAGE)
async def edit_reduction(
    data: JSONBody[CouponReductionBody],
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    reduction: FromPath[UUID],
    if_match: IfMatch = None,
) -> Response[CouponReductionView]:
    """Replace the terms of a draft; of an active one the name and a later end. Needs If-Match."""
    version = required_version(if_match)
    return await desk.edit_reduction(mall, store.id, reduction, version, data, **STORE_SHARE)


@post("/manage/reductions/{reduction:uuid}/activate", access=MANAGE, status_code=200)
async def activate_reduction(
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    reduction: FromPath[UUID],
    if_match: IfMatch = None,
) -> Response[CouponReductionView]:
    """Let a draft apply, from its start on. Needs If-Match. 409 `promotion_wrong_state`, `too_many_reductions`."""
    return await desk.activate_reduction(mall, store.id, reduction, required_version(if_match))


@post("/manage/reductions/{reduction:uuid}/end", access=MANAGE, status_code=200)
async def end_reduction(
    mall: NamedDependency[Mall], store: NamedDependency[StoreRow], reduction: FromPath[UUID]
) -> Response[CouponReductionView]:
    """End a full reduction for good."""
    return await desk.end_reduction(mall, store.id, reduction)


ROUTES = (
    list_campaigns,
    make_campaign,
    read_campaign,
    edit_campaign,
    activate_campaign,
    end_campaign,
    list_reductions,
    make_reduction,
    read_reduction,
    edit_reduction,
    activate_reduction,
    end_reduction,
)
