"""Alerts of low stock: one a SKU is open, until staff acknowledge it or there is more again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from galleria.core.plugin_api import Context, NotFound, OrderFact, StoreRow, available, db, new_id, stores_by_ids
from msgspec import Struct

from . import queries
from .queries import AlertRow

_RAISE = """
INSERT INTO purchase_rules_alert (id, store_id, sku_id, order_id, available, low_at, raised_at)
SELECT w.id, $1, w.sku_id, $2, w.free, $3, $4 FROM unnest($5::uuid[], $6::uuid[], $7::int[]) AS w (id, sku_id, free)
WHERE NOT EXISTS (
  SELECT FROM purchase_rules_alert a WHERE a.store_id = $1 AND a.sku_id = w.sku_id
    AND (a.order_id = $2 OR a.closed_by IS NOT NULL AND a.closed_at >= $4))
ORDER BY w.sku_id
ON CONFLICT (store_id, sku_id) WHERE closed_at IS NULL DO NOTHING
"""
_OVER = """
UPDATE purchase_rules_alert SET closed_at = $3
WHERE store_id = $1 AND sku_id = ANY ($2::uuid[]) AND closed_at IS NULL
"""
_ACKNOWLEDGE = """
UPDATE purchase_rules_alert SET closed_at = $3, closed_by = $4
WHERE store_id = $1 AND sku_id = $2 AND closed_at IS NULL
RETURNING id, sku_id, order_id, available, low_at, raised_at
"""


class Standing(Struct, frozen=True):
    """An open alert, and the units that can be sold now."""

    alert: AlertRow
    free: int


async def look(ctx: Context, fact: OrderFact) -> None:
    """Raise an alert for each SKU of an order that is low now, once an order; close those that are over.

    Of an order that was placed before staff acknowledged the SKU's alert, they know already.
    """
    low_at, store_id = ctx.settings.low_stock_at, fact.order.store_id
    if low_at is None:
        return
    free = await _free(store_id, [line.sku_id for line in fact.order.lines if line.sku_id])
    low = sorted(sku_id for sku_id, units in free.items() if units <= low_at)
    over = sorted(free.keys() - set(low))
    if over:
        await db.execute(_OVER, store_id, over, fact.at)
    if low:
        ids, units = [new_id() for _ in low], [free[sku_id] for sku_id in low]
        await db.execute(_RAISE, store_id, fact.order.id, low_at, fact.at, ids, low, units)


async def page(store: StoreRow, *, after: UUID | None, limit: int) -> list[Standing]:
    """Open alerts by SKU, one more than `limit`, each with what there is now."""
    found = await queries.alert_page(store.id, after=after, limit=limit)
    free = await _free_at(store.default_location_id, [row.sku_id for row in found])
    return [Standing(row, free.get(row.sku_id, 0)) for row in found]


async def acknowledge(store_id: UUID, sku_id: UUID, *, by: UUID, now: datetime) -> AlertRow:
    """Close the open alert of a SKU. Raises NotFound (`purchase_rules_alert_not_found`)."""
    closed = await db.row(AlertRow, _ACKNOWLEDGE, store_id, sku_id, now, by)
    if closed is None:
        raise NotFound("There is no open alert of this SKU.", code="purchase_rules_alert_not_found")
    return closed


async def _free(store_id: UUID, sku_ids: Sequence[UUID]) -> dict[UUID, int]:
    store = (await stores_by_ids([store_id])).get(store_id)
    return await _free_at(store.default_location_id if store else None, sku_ids)


async def _free_at(location_id: UUID | None, sku_ids: Sequence[UUID]) -> dict[UUID, int]:
    if location_id is None or not sku_ids:
        return {}
    pairs = [(sku_id, location_id) for sku_id in dict.fromkeys(sku_ids)]
    return {sku_id: units for (sku_id, _), units in (await available(pairs)).items()}
