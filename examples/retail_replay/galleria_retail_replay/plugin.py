"""The hooks of the plugin `retail_replay`."""

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
    Refusal,
    Routes,
    StartupContext,
    hookimpl,
)

from . import queries, rules, service
from .invariants import INVARIANTS
from .routes import PERMISSION, ROUTES

PLUGIN = PluginInfo(
    label={"zh-CN": "小票重放", "en": "Retail replay"},
    requires={"startup": 1, "pricing": 1, "checkout": 1, "orders": 1},
    scopes=frozenset({"store"}),
)


@hookimpl
def register_tables(ctx: StartupContext) -> str:  # noqa: ARG001  startup hooks are called with it
    return "galleria_retail_replay.piccolo_app"


@hookimpl
def register_routes(ctx: StartupContext) -> Routes:  # noqa: ARG001  as above
    return Routes(store=ROUTES)


@hookimpl
def register_permissions(ctx: StartupContext) -> Sequence[Permission]:  # noqa: ARG001  as above
    return [Permission(code=PERMISSION, label={"zh-CN": "导入小票", "en": "Hand in receipts"})]


@hookimpl
def register_invariants(ctx: StartupContext) -> Sequence[Invariant]:  # noqa: ARG001  as above
    return INVARIANTS


@hookimpl
async def propose_offers(ctx: Context, request: PriceRequest) -> Sequence[Offer]:
    wanted = rules.named(request.lines)
    if ctx.store_id is None or not wanted:
        return []
    return rules.offers(wanted, await queries.free_lines(ctx.store_id, wanted), ctx.locale)


@hookimpl
async def claim_orders(ctx: Context, orders: Sequence[OrderSnapshot]) -> Mapping[UUID, Refusal]:
    return {} if ctx.store_id is None else await service.claim(ctx, ctx.store_id, orders)


@hookimpl
async def after_order_cancelled(fact: OrderFact) -> None:
    await queries.give_back(fact.order.store_id, fact.order.id)
