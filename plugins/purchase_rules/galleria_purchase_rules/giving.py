"""Giving units back to limits: of cancelled orders all, of refunded lines what was refunded. Each once."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from galleria.core.plugin_api import OrderSnapshot, RefundFact, db

from . import counters, queries
from .queries import UseRow
from .sharing import Key

_NOTE = """
INSERT INTO purchase_rules_refund (refund_id, store_id, order_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""
_GIVE = """
UPDATE purchase_rules_use u SET given_back = u.given_back + w.units
FROM unnest($2::uuid[], $3::int[], $4::int[]) AS w (id, units, before)
WHERE u.id = w.id AND u.store_id = $1 AND u.given_back = w.before
"""


async def give_all(order: OrderSnapshot) -> None:
    """What the order still has of limits; of an order that is told again, nothing."""
    held = await queries.uses(order.store_id, order.id)
    await _give(order.store_id, {use: use.left for use in held})


async def give_refunded(fact: RefundFact) -> None:
    """What the refunded lines have of limits, unit by unit, whether it was sent or not; once a refund."""
    order, refunded = fact.order, {line.line_id: line.quantity for line in fact.lines}
    held = await queries.uses(order.store_id, order.id)
    back = {use: min(use.left, refunded[use.line_id]) for use in held if use.line_id in refunded}
    if back and await db.execute(_NOTE, fact.refund_id, order.store_id, order.id):
        await _give(order.store_id, back)


async def _give(store_id: UUID, back: Mapping[UseRow, int]) -> None:
    if not back:
        return
    units: dict[Key, int] = {}
    for use, count in back.items():
        units[use.key] = units.get(use.key, 0) + count
    await counters.give(store_id, units)
    changed = await db.execute(
        _GIVE, store_id, [use.id for use in back], list(back.values()), [use.given_back for use in back]
    )
    if changed != len(back):
        raise counters.CounterMismatch("units were given back at the same time")
