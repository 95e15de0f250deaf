"""The hooks of the plugin `coupons`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from galleria.core.plugin_api import (
    Context,
    Invariant,
    Offer,
    OrderFact,
    OrderSnapshot,
    Permission,
    PluginInfo,
    PriceRequest,
    RefundFact,
    Refusal,
    Routes,
    hookimpl,
)

from . import holding, queries, returning, routes, routes_mall, routes_staff, rules
from .invariants import INVARIANTS
from .schemas import CouponsSettings

PLUGIN = PluginInfo(
    label={"zh-CN": "优惠券与满减", "en": "Coupons and full reductions"},
    requires={"startup": 1, "pricing": 1, "checkout": 1, "orders": 1},
    settings=CouponsSettings,
)


@hookimpl
def register_routes() -> Routes:
    return Routes(
        store=[*routes.STORE, *routes_staff.ROUTES],
        mall=[*routes.MALL, *routes_mall.ROUTES],
    )


@hookimpl
def register_tables() -> str:
    return "galleria_coupons.piccolo_app"


@hookimpl
def register_permissions() -> Sequence[Permission]:
    label = {"zh-CN": "管理优惠券与满减", "en": "Manage coupons and full reductions"}
    return [Permission(code=routes_staff.PERMISSION, label=label)]


@hookimpl
def register_invariants() -> Sequence[Invariant]:
    return INVARIANTS


@hookimpl
async def propose_offers(ctx: Context, request: PriceRequest) -> list[Offer]:
    offers = rules.reduction_offers(request, await ctx.cached("reductions", queries.active_reductions))
    asked = rules.asked(request.asks)
    if asked and request.shopper_id is not None:
        found = await queries.asked_for(ctx.store_id, request.shopper_id, asked)
        offers += rules.coupon_offers(request, found, most=ctx.settings.most_coupons_an_order)
    return offers


@hookimpl
async def claim_orders(ctx: Context, orders: Sequence[OrderSnapshot]) -> Mapping[UUID, Refusal]:
    return await holding.hold(ctx, orders)


@hookimpl
async def after_order_paid(ctx: Context, fact: OrderFact) -> None:
    if returning.carries_coupon(fact.order):
        await returning.use(ctx.store_id, fact.order.checkout_id, ctx.now)


@hookimpl
async def after_order_cancelled(ctx: Context, fact: OrderFact) -> None:
    if returning.carries_coupon(fact.order):
        await returning.release(ctx.store_id, fact.order.checkout_id, ctx.now)


@hookimpl
async def after_refund(ctx: Context, fact: RefundFact) -> None:
    if fact.whole and returning.carries_coupon(fact.order):
        await returning.refund(ctx.store_id, fact.order.checkout_id, fact.order.id, ctx.now)
