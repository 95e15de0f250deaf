"""What stands in the way of a cart, and of a step of an order. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from galleria.core.plugin_api import Context, OrderSnapshot, PriceRequest, Refusal, Totals

from . import limits, queries, rules, sharing, texts
from .settings import PurchaseRules
from .sharing import Calendar, Key, Wish

NOBODY = UUID(int=0)
"""A shopper who is not signed in, and the order that a cart is not yet."""


async def cart(ctx: Context, request: PriceRequest, totals: Totals) -> list[Refusal]:
    """The minimum order, the sale hours, and limits. One read where periods are counted, else none."""
    settings: PurchaseRules = ctx.settings
    return [
        *rules.below_minimum(settings, totals, request.currency, ctx.locale),
        *rules.out_of_hours(settings, ctx.now, ctx.locale),
        *await _over_limits(ctx, request, Calendar(ctx.now, settings.zone)),
    ]


async def _over_limits(ctx: Context, request: PriceRequest, calendar: Calendar) -> list[Refusal]:
    known = await ctx.cached("limits", queries.limits)
    if not known:
        return []
    pieces = limits.pieces(known, [(line.id, line) for line in request.lines])
    wish = Wish(order_id=NOBODY, account_id=request.shopper_id or NOBODY, pieces=pieces)
    used = await _used(ctx, wish, calendar)
    return [rules.over_limit(short, wish, ctx.locale) for short in sharing.shortages(wish, used, calendar)]


async def _used(ctx: Context, wish: Wish, calendar: Calendar) -> Mapping[Key, int]:
    """Of a shopper who is not signed in, nothing is known."""
    counted = calendar.counted(wish)
    if wish.account_id == NOBODY or not counted:
        return {}
    return await queries.used(ctx.store_id, wish.account_id, list(counted))


async def transition(ctx: Context, name: str, orders: Sequence[OrderSnapshot]) -> dict[UUID, Refusal]:
    """Large orders wait for their release. The order's own total decides, whatever the plugin was told of it."""
    least = ctx.settings.review_above
    if name != "fulfil" or least is None:
        return {}
    large = [order.id for order in orders if order.total >= least]
    released = await queries.released(ctx.store_id, large) if large else set()
    return {order_id: texts.review(ctx.locale) for order_id in large if order_id not in released}
