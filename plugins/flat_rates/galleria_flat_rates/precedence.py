"""A store's own rate goes before the mall's. For shipping core sees to that; taxes would add up."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from galleria.core.plugin_api import Context, Invalid

from .settings import FlatRates


async def stores_with_own_tax(ctx: Context, stores: Collection[UUID]) -> set[UUID]:
    """Of these stores, those whose tax the mall leaves alone. Costs no query."""
    if ctx.store_id is not None:
        return set()
    return {store_id for store_id in stores if await _has_own(ctx, store_id)}


async def _has_own(ctx: Context, store_id: UUID) -> bool:
    states = ctx.mall.plugins.states
    if not await states.is_on(ctx.plugin, store_id):
        return False
    try:
        rates = await states.settings(ctx.plugin, FlatRates, store_id)
    except Invalid:  # the store's own turn fails on these, and nothing is ordered there
        return True
    return rates.tax_rate_ppm is not None
