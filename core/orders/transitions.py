"""Changes of state: each a compare-and-set with a history row, refused while a sub-state blocks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..errors import Conflict
from ..ids import new_id
from ..mall import Mall
from ..storage import bulk, db
from ..storage.outbox import Fact
from . import participants, rules
from .actors import Actor
from .asking import ask


class Moved(Struct, frozen=True, kw_only=True):
    """An order that has just changed its state."""

    id: UUID
    store_id: UUID
    account_id: UUID
    checkout_id: UUID
    number: str
    was: str


class _Block(Struct, frozen=True):
    order_id: UUID
    name: str
    transitions: list[str]


_FACTS = {"pay": "order.paid", "cancel": "order.cancelled", "void": "order.cancelled", "complete": "order.completed"}
_STAMPS = {"paid": "paid_at", "completed": "completed_at", "cancelled": "cancelled_at"}


async def move(
    mall: Mall, transition: str, order_ids: Sequence[UUID], actor: Actor, *, reason: str = "", asked: bool = False
) -> list[Moved]:
    """Move all of these orders, or raise Conflict (`order_blocked`, `step_refused`, `order_state`) and move none.

    Inside the caller's transaction. Plugins have a say unless they were `asked` about what this follows from.
    Publishes the fact of the transition for each order. Raises PluginUnavailable too.
    """
    allowed, target = rules.TRANSITIONS[transition]
    if rules.may_wait(transition, actor.kind):
        await require_unblocked(transition, order_ids)
        if not asked:
            await ask(mall, transition, order_ids)
    moved = await db.rows(Moved, _statement(target), list(order_ids), sorted(allowed), target, mall.now(), reason)
    if len(moved) != len(set(order_ids)):
        raise Conflict("The order's state does not allow this.", code="order_state", transition=transition)
    await record(moved, transition, target, actor, mall.now(), {"reason": reason} if reason else {})
    await _publish(mall, transition, moved, reason)
    return moved


def _statement(target: str) -> str:
    stamp = f", {_STAMPS[target]} = $4" if target in _STAMPS else ""
    reason = ", cancel_reason = $5" if target == "cancelled" else ""
    return (
        f"WITH old AS (SELECT id, state FROM shop_order WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE) "  # noqa: S608  names from this module
        f"UPDATE shop_order o SET state = $3{stamp}{reason} FROM old "
        "WHERE o.id = old.id AND old.state = ANY ($2::text[]) AND $4::timestamptz IS NOT NULL AND $5::text IS NOT NULL "
        "RETURNING o.id, o.store_id, o.account_id, o.checkout_id, o.number, old.state AS was"
    )


async def record(
    orders: Sequence[Moved], kind: str, target: str, actor: Actor, now: datetime, data: Mapping[str, Any]
) -> None:
    """One history row an order."""
    rows = [
        {
            "id": new_id(),
            "store_id": order.store_id,
            "order_id": order.id,
            "kind": kind,
            "from_state": order.was,
            "to_state": target,
            "actor": actor.kind,
            "actor_id": actor.id,
            "data": data,
            "created_at": now,
        }
        for order in orders
    ]
    await bulk.insert("order_history", rows)


async def require_unblocked(transition: str, order_ids: Sequence[UUID]) -> None:
    """Raises Conflict (`order_blocked`) while a sub-state of one of the orders blocks the transition."""
    blocks = await db.rows(
        _Block, "SELECT order_id, name, transitions FROM order_block WHERE order_id = ANY ($1::uuid[])", list(order_ids)
    )
    name = rules.blocking(transition, [(block.name, block.transitions) for block in blocks])
    if name is not None:
        raise Conflict(f"The order waits: {name}.", code="order_blocked", block=name, transition=transition)


async def _publish(mall: Mall, transition: str, moved: Sequence[Moved], reason: str) -> None:
    if transition not in _FACTS:
        return
    told = await participants.recipients([order.id for order in moved])
    facts = [
        Fact(
            subject_id=order.id,
            store_id=order.store_id,
            payload={
                "order_id": order.id,
                "checkout_id": order.checkout_id,
                "number": order.number,
                "reason": reason,
            },
            recipients=told.get(order.id, ()),
        )
        for order in moved
    ]
    await mall.outbox.publish_many(_FACTS[transition], facts, now=mall.now())
