"""Telling plugins what has happened to the orders that they took part in."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from msgspec.structs import replace

from ..dispatch.facts import tell
from ..dispatch.shown import owned
from ..mall import Mall
from ..plugins.implementations import Implementation
from ..snapshots import OrderFact, OrderSnapshot, RefundedLine, RefundFact, RepaidTender
from ..storage.outbox import Event
from . import snapshots
from .participants import recipient

HOOKS = {
    "order.placed": "after_order_placed",
    "order.paid": "after_order_paid",
    "order.cancelled": "after_order_cancelled",
    "order.refunded": "after_refund",
}
"""Which hook tells of which fact."""


def subscribe(mall: Mall) -> None:
    """Make every installed plugin a recipient of what it may be told; who is told of an order, its rows say."""
    for plugin in mall.plugins.plugins:
        for for_mall in (False, True):
            mall.outbox.introduce(recipient(plugin.name, for_mall=for_mall))
    for kind, hook in HOOKS.items():
        for implementation in mall.plugins.implementations[hook]:
            for for_mall in (False, True):
                name = recipient(implementation.plugin.name, for_mall=for_mall)
                mall.outbox.subscribe(name, kind, partial(_tell, mall, implementation, for_mall), addressed=True)


async def _tell(mall: Mall, implementation: Implementation, for_mall: bool, event: Event) -> None:
    order = (await snapshots.stored([event.subject_id]))[event.subject_id]
    own = replace(order, adjustments=owned(order, implementation.plugin.name, for_mall))
    make = _refund if event.kind == "order.refunded" else _fact
    fact = await make(event, own, implementation.plugin.name, for_mall)
    await tell(mall, implementation, None if for_mall else order.store_id, fact)


async def _fact(event: Event, order: OrderSnapshot, _plugin: str, _for_mall: bool) -> OrderFact:
    return OrderFact(id=event.id, at=event.created_at, order=order, reason=str(event.payload.get("reason", "")))


async def _refund(event: Event, order: OrderSnapshot, plugin: str, for_mall: bool) -> RefundFact:
    told = event.payload
    return RefundFact(
        id=event.id,
        at=event.created_at,
        order=order,
        refund_id=UUID(told["refund_id"]),
        amount=told["amount"],
        whole=bool(told["whole"]),
        lines=tuple(
            RefundedLine(line_id=UUID(line["line_id"]), quantity=line["quantity"], amount=line["amount"])
            for line in told["lines"]
        ),
        tenders=tuple(
            RepaidTender(code=each["code"], amount=each["amount"], reference=each["reference"])
            for each in told.get("tenders", ())
            if each["plugin"] == plugin and (each["scope_store_id"] is None) is for_mall
        ),
    )
