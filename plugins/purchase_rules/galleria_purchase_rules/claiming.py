"""Taking units of limits while orders are placed: exact, whoever else buys at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from galleria.core.plugin_api import Context, OrderSnapshot, Refusal, bulk, new_id

from . import counters, limits, queries, rules, sharing
from .sharing import Calendar, Key, Wish


async def claim(ctx: Context, orders: Sequence[OrderSnapshot]) -> Mapping[UUID, Refusal]:
    """Give each order all that it wants, in order of arrival, or refuse it. Goods without limits cost no statement."""
    wishes = await _wishes(ctx, orders)
    if not wishes:
        return {}
    calendar = Calendar(ctx.now, ctx.settings.zone)
    allowed = _allowed(wishes, calendar)
    used = await counters.locked(ctx.store_id, allowed) if allowed else {}
    taken, refused = sharing.share_out(wishes, used, calendar)
    if taken:
        await counters.take(ctx.store_id, taken, allowed)
        await _record(ctx, [wish for wish in wishes if wish.order_id not in refused], calendar)
    found = {wish.order_id: wish for wish in wishes}
    return {key: rules.over_limit(short, found[key], ctx.locale, named=False) for key, short in refused.items()}


async def _wishes(ctx: Context, orders: Sequence[OrderSnapshot]) -> list[Wish]:
    """What the orders want, in order of arrival; those that want nothing are left out."""
    known = await ctx.cached("limits", queries.limits)
    if not known:
        return []
    wishes = [
        Wish(
            order_id=order.id,
            account_id=order.account_id,
            pieces=limits.pieces(known, [(str(line.id), line) for line in order.lines]),
        )
        for order in orders
    ]
    return [wish for wish in wishes if wish.pieces]


def _allowed(wishes: Sequence[Wish], calendar: Calendar) -> dict[Key, int]:
    """What each counter that is touched may come to, in the order of their keys."""
    found = {
        calendar.key(piece.limit, wish.account_id): piece.limit.quantity
        for wish in wishes
        for piece in wish.pieces
        if piece.limit.period != "order"
    }
    return {key: found[key] for key in sorted(found)}


async def _record(ctx: Context, wishes: Sequence[Wish], calendar: Calendar) -> None:
    """Keep what each line has taken, so that it can be given back."""
    rows = [
        {
            "id": new_id(),
            "store_id": ctx.store_id,
            "limit_id": piece.limit.id,
            "account_id": wish.account_id,
            "period_start": calendar.key(piece.limit, wish.account_id).start,
            "order_id": wish.order_id,
            "line_id": piece.line_id,
            "quantity": piece.quantity,
            "given_back": 0,
        }
        for wish in wishes
        for piece in wish.pieces
        if piece.limit.period != "order"
    ]
    await bulk.insert("purchase_rules_use", rows)
