"""Refunding an order: what is given back, where the money goes, and which units return to the shelf."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ..errors import GalleriaError, NotFound
from ..inventory import service as inventory
from ..inventory.service import ReleaseRequest, RestockRequest
from ..mall import Mall
from ..orders import fulfilment, participants, refunds, transitions
from ..orders import queries as orders
from ..orders.actors import Actor
from ..orders.asking import ask
from ..orders.queries import OrderRow
from ..orders.refunds import Refund, RefundUnits
from ..orders.tenders import Repaid
from ..payments import service as payments
from ..storage import db
from . import queries


@db.atomic
async def refund(
    mall: Mall,
    store_id: UUID,
    order_id: UUID,
    units: Sequence[RefundUnits],
    actor: Actor,
    *,
    reason: str,
    restock: bool,
) -> Refund:
    """Refund units of an order; without `units`, all that is left. The provider is called after the commit.

    Units that were never sent go back to the shelf; sent ones only when staff say so (`restock`).
    Raises NotFound, Conflict and Invalid as `orders.refunds.record` does, and what `orders.asking.ask` raises.
    """
    order = await orders.lock_store_order(store_id, order_id)
    if order is None:
        raise NotFound("There is no such order in this store.", code="order_not_found")
    await ask(mall, "refund", [order_id])
    made = await refunds.record(order, units, actor, reason=reason, restock=restock, now=mall.now())
    await _give_back(mall, order, made)
    await _return_units(mall, order, made, actor, restock)
    await fulfilment.note_refund(mall, order, actor, made)
    await _close_if_done(mall, order, actor)
    await _publish(mall, order, made)
    return made


async def _give_back(mall: Mall, order: OrderRow, made: Refund) -> None:
    if not made.money:
        return
    checkout = await queries.checkout(order.checkout_id)
    if checkout is None or checkout.payment_id is None:
        raise GalleriaError(f"order {order.id} has money to refund but no payment")
    await payments.refund(
        payment_id=checkout.payment_id,
        request_id=made.id,
        order_id=order.id,
        store_id=order.store_id,
        amount=made.money,
        reason="refund",
        now=mall.now(),
    )


async def _return_units(mall: Mall, order: OrderRow, made: Refund, actor: Actor, restock: bool) -> None:
    released = [
        ReleaseRequest(store_id=order.store_id, owner=part.line.id, cause=part.id, quantity=part.unsent)
        for part in made.parts
        if part.unsent
    ]
    returned = [
        RestockRequest(
            store_id=order.store_id,
            sku_id=part.line.sku_id,
            location_id=part.line.location_id,
            cause=part.id,
            quantity=part.returned,
        )
        for part in made.parts
        if restock and part.returned and part.line.sku_id is not None and part.line.location_id is not None
    ]
    if released:
        await inventory.release_units(released, now=mall.now())
    if returned:
        await inventory.restock(returned, actor_id=actor.id, now=mall.now())


async def _close_if_done(mall: Mall, order: OrderRow, actor: Actor) -> None:
    """An order of which nothing will ever be sent is cancelled; one whose rest has all arrived is completed."""
    if order.state == "paid" and await fulfilment.nothing_to_send(order) and not await fulfilment.anything_sent(order):
        await transitions.move(mall, "void", [order.id], actor, reason="refunded", asked=True)
    elif order.state == "fulfilling" and await fulfilment.all_done(order):
        await transitions.move(mall, "complete", [order.id], actor, asked=True)


async def _publish(mall: Mall, order: OrderRow, made: Refund) -> None:
    lines = [{"line_id": part.line.id, "quantity": part.quantity, "amount": part.amount} for part in made.parts]
    payload = {
        "order_id": order.id,
        "refund_id": made.id,
        "amount": made.amount,
        "lines": lines,
        "whole": await refunds.nothing_left(order),
        "tenders": [_tender(entry) for entry in made.repaid],
    }
    told = (await participants.recipients([order.id])).get(order.id, ())
    await mall.outbox.publish(
        "order.refunded", order.id, payload, store_id=order.store_id, now=mall.now(), recipients=told
    )


def _tender(entry: Repaid) -> dict[str, object]:
    """What the plugin whose tender this is has to give back; `reference` names its own row."""
    return {
        "plugin": entry.plugin,
        "code": entry.code,
        "reference": entry.reference,
        "scope_store_id": entry.scope_store_id,
        "amount": entry.amount,
    }
