"""The hooks of the plugin `purchase_rules`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from galleria.core.plugin_api import (
    Context,
    Invariant,
    OrderFact,
    OrderSnapshot,
    Permission,
    PluginInfo,
    PriceRequest,
    RefundFact,
    Refusal,
    Routes,
    StartupContext,
    Totals,
    hookimpl,
)

from . import alerts, checking, claiming, giving, reviews, routes, routes_staff
from .invariants import INVARIANTS
from .settings import PurchaseRules

PLUGIN = PluginInfo(
    label={"zh-CN": "限购与下单规则", "en": "Purchase rules"},
    requires={"startup": 1, "checkout": 1, "orders": 1},
    scopes=frozenset({"store"}),
    settings=PurchaseRules,
    takes_part="every",
)


@hookimpl
def register_routes(ctx: StartupContext) -> Routes:  # noqa: ARG001  startup hooks are called with it
    return Routes(store=[*routes.ROUTES, *routes_staff.ROUTES])


@hookimpl
def register_tables(ctx: StartupContext) -> str:
    return f"galleria_{ctx.plugin}.piccolo_app"


@hookimpl
def register_permissions(ctx: StartupContext) -> Sequence[Permission]:
    return [
        Permission(code=f"{ctx.plugin}.manage", label={"zh-CN": "管理限购", "en": "Manage purchase limits"}),
        Permission(code=f"{ctx.plugin}.release", label={"zh-CN": "审核订单", "en": "Release orders"}),
    ]


@hookimpl
def register_invariants(ctx: StartupContext) -> Sequence[Invariant]:  # noqa: ARG001  startup hooks are called with it
    return INVARIANTS


@hookimpl
async def check_cart(ctx: Context, request: PriceRequest, totals: Totals) -> list[Refusal]:
    return await checking.cart(ctx, request, totals)


@hookimpl
async def claim_orders(ctx: Context, orders: Sequence[OrderSnapshot]) -> Mapping[UUID, Refusal]:
    return await claiming.claim(ctx, orders)


@hookimpl
async def check_transition(ctx: Context, transition: str, orders: Sequence[OrderSnapshot]) -> Mapping[UUID, Refusal]:
    return await checking.transition(ctx, transition, orders)


@hookimpl
async def after_order_placed(ctx: Context, fact: OrderFact) -> None:
    await reviews.wait(ctx, fact)
    await alerts.look(ctx, fact)


@hookimpl
async def after_order_cancelled(fact: OrderFact) -> None:  # without settings, which may not fit any more
    await giving.give_all(fact.order)
    await reviews.cancel(fact.order, fact.at)


@hookimpl
async def after_refund(fact: RefundFact) -> None:
    await giving.give_refunded(fact)
