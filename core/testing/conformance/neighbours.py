"""Plugins that stand beside the one that is checked."""

from __future__ import annotations

from typing import Any

from ...plugins.metadata import Plugin
from ...snapshots import Refusal
from ...storage import db
from ...types import Amount, Offer, Per, Percent, Phase
from ..inline import inline_plugin, unique_name


def reducer(name: str, percent: int) -> Plugin:
    """Takes a part off each line, and a little off the order."""

    async def propose_offers() -> list[Offer]:
        line = Percent(percent * 10_000)
        once = Amount(percent, Per.ONCE)
        return [
            Offer(code="l", label="l", offer_class="activity", phase=Phase.LINE_DISCOUNT, effect=line),
            Offer(code="o", label="o", offer_class="reduction", phase=Phase.ORDER_DISCOUNT, effect=once),
        ]

    return inline_plugin(name, propose_offers)


def silent(name: str) -> Plugin:
    """Takes part in everything and does nothing."""

    async def propose_offers() -> list[Offer]:
        return []

    return inline_plugin(name, propose_offers, takes_part="every")


def refuser(wish: list[str]) -> Plugin:
    """Comes after every other plugin, and does as it is told: refuses, or has the shelf empty when stock is held."""

    async def claim_orders(ctx: Any, orders: Any) -> dict[Any, Refusal]:
        if wish == ["empty the shelf"]:  # undone with the order
            await db.execute("UPDATE stock_level SET held = on_hand WHERE store_id = $1", ctx.store_id)
        refusal = Refusal(code="unwilling", detail="unwilling")
        return {order.id: refusal for order in orders} if wish == ["refuse"] else {}

    return inline_plugin(unique_name("zzzz"), claim_orders, takes_part="every")
