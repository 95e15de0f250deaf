"""What shoppers do: see and claim coupons, of a store and of the mall, and look at their own."""

# ruff: noqa: ARG001  `idempotent` reads the request and the caller that a handler takes

from __future__ import annotations

from uuid import UUID

from galleria.core.plugin_api import PUBLIC, SHOPPER, Caller, Mall, Page, StoreRow, cursors, idempotent
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from . import claiming, desk, views
from .parameters import AnyRequest, CouponState, Cursor, Limit
from .schemas import CouponOffer, CouponReductionOffer, CouponView


@get("/campaigns", access=PUBLIC)
async def store_campaigns(
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    locale: NamedDependency[str],
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CouponOffer]:
    """Coupons of the store that can be claimed now, the oldest campaign first."""
    return await desk.claimable(store.id, locale, mall.now(), limit, cursor)


@get("/reductions", access=PUBLIC)
async def store_reductions(
    mall: NamedDependency[Mall], store: NamedDependency[StoreRow], locale: NamedDependency[str]
) -> list[CouponReductionOffer]:
    """Full reductions of the store that apply now without a coupon."""
    return await desk.reductions_now(store.id, locale, mall.now())


@post("/campaigns/{campaign:uuid}/claims", access=SHOPPER)
@idempotent
async def claim_of_store(
    request: AnyRequest,
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
    locale: NamedDependency[str],
    campaign: FromPath[UUID],
) -> CouponView:
    """Claim a coupon of the store.

    404 `coupon_campaign_not_found`; 409 `coupon_not_started`, `coupon_ended`, `coupons_gone`, `coupon_limit_reached`.
    """
    now = mall.now()
    return views.coupon_view(await claiming.claim(store.id, campaign, caller.shopper_id, now), locale, now)


@get("/mine", access=SHOPPER)
async def my_store_coupons(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
    locale: NamedDependency[str],
    only: CouponState = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CouponView]:
    """The caller's coupons of the store, the newest first."""
    return await desk.coupons_of(store.id, caller.shopper_id, locale, mall.now(), only, limit, cursor)


@get("/campaigns", access=PUBLIC)
async def mall_campaigns(
    mall: NamedDependency[Mall],
    locale: NamedDependency[str],
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CouponOffer]:
    """Coupons of the mall that can be claimed now, the oldest campaign first."""
    return await desk.claimable(None, locale, mall.now(), limit, cursor)


@get("/reductions", access=PUBLIC)
async def mall_reductions(mall: NamedDependency[Mall], locale: NamedDependency[str]) -> list[CouponReductionOffer]:
    """Full reductions of the mall that apply now without a coupon."""
    return await desk.reductions_now(None, locale, mall.now())


@post("/campaigns/{campaign:uuid}/claims", access=SHOPPER)
@idempotent
async def claim_of_mall(
    request: AnyRequest,
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
    campaign: FromPath[UUID],
) -> CouponView:
    """Claim a coupon of the mall; refusals are those of a store's."""
    now = mall.now()
    return views.coupon_view(await claiming.claim(None, campaign, caller.shopper_id, now), locale, now)


@get("/mine", access=SHOPPER)
async def my_mall_coupons(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
    only: CouponState = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CouponView]:
    """The caller's coupons of the mall, the newest first."""
    return await desk.coupons_of(None, caller.shopper_id, locale, mall.now(), only, limit, cursor)


STORE = (store_campaigns, store_reductions, claim_of_store, my_store_coupons)
MALL = (mall_campaigns, mall_reductions, claim_of_mall, my_mall_coupons)
