"""Large orders wait until staff release them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from galleria.core.plugin_api import Conflict, Context, NotFound, OrderFact, OrderRow, OrderSnapshot, db, store_order

from . import queries
from .queries import ReviewRow

_WAIT = """
INSERT INTO purchase_rules_review (order_id, store_id, number, total, currency, placed_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (order_id) DO NOTHING
"""
_RELEASE = """
INSERT INTO purchase_rules_review AS r
  (order_id, store_id, number, total, currency, placed_at, released_at, released_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (order_id) DO UPDATE SET released_at = excluded.released_at, released_by = excluded.released_by
WHERE r.store_id = excluded.store_id AND r.released_at IS NULL
"""
_CANCEL = """
UPDATE purchase_rules_review SET cancelled_at = $3
WHERE store_id = $1 AND order_id = $2 AND cancelled_at IS NULL
"""


async def wait(ctx: Context, fact: OrderFact) -> None:
    """Put a large order on the list of those that wait."""
    order, least = fact.order, ctx.settings.review_above
    if least is not None and order.total >= least:
        row = (order.id, order.store_id, order.number, order.total, order.currency, fact.at)
        await db.execute(_WAIT, *row)


async def cancel(order: OrderSnapshot, at: datetime) -> None:
    """Nobody needs to look at an order that is cancelled."""
    await db.execute(_CANCEL, order.store_id, order.id, at)


@db.atomic
async def release(store_id: UUID, order_id: UUID, *, least: int | None, by: UUID, now: datetime) -> ReviewRow:
    """Let an order be sent, whether it stands on the list or not; the first release stands.

    Raises NotFound (`order_not_found`) and Conflict (`purchase_rules_review_not_needed`,
    `purchase_rules_order_cancelled`).
    """
    order = await store_order(store_id, order_id)
    if order is None:
        raise NotFound("There is no such order in this store.", code="order_not_found")
    found = await queries.review(store_id, order_id)
    if found is None or found.released_at is None:
        _require_reviewable(order, least)
        row = (order.id, store_id, order.number, order.total, order.currency, order.placed_at, now, by)
        await db.execute(_RELEASE, *row)
        found = await queries.review(store_id, order_id)
    if found is None:
        raise AssertionError("a release was written and is gone")
    return found


def _require_reviewable(order: OrderRow, least: int | None) -> None:
    if order.state == "cancelled":
        raise Conflict("The order is cancelled.", code="purchase_rules_order_cancelled")
    if least is None or order.total < least:
        raise Conflict("An order of this total needs no release.", code="purchase_rules_review_not_needed")
