"""Cancelling what is not paid: by the shopper, or because its time is up."""

from __future__ import annotations

from uuid import UUID

import structlog

from ..errors import Conflict
from ..inventory import service as inventory
from ..mall import Mall
from ..orders import queries as orders
from ..orders import transitions
from ..orders.actors import SYSTEM, Actor
from ..payments import service as payments
from ..storage import db
from . import queries

log = structlog.get_logger(__name__)


@db.atomic
async def cancel(mall: Mall, checkout_id: UUID, actor: Actor, *, reason: str) -> bool:
    """placed -> cancelled: orders, holds and payment together. False when it was cancelled already.

    Against a payment that arrives at the same time, exactly one of the two wins: the payment's row decides.
    Raises Conflict (`already_paid`).
    """
    row = await db.fetch_row(
        "UPDATE checkout SET state = 'cancelled', settled_at = $2 WHERE id = $1 AND state = 'placed' "
        "RETURNING payment_id",
        checkout_id,
        mall.now(),
    )
    if row is None:
        return await _was_cancelled(checkout_id)
    if row["payment_id"] is not None and not await payments.close_payment(row["payment_id"], now=mall.now()):
        raise Conflict("It is paid already; ask for a refund.", code="already_paid")
    placed = [order.id for order in await orders.checkout_orders(checkout_id)]
    await transitions.move(mall, "cancel", placed, actor, reason=reason)
    lines = await orders.lines(placed)
    await inventory.release([line.id for line in lines if line.kind == "goods"], now=mall.now())
    return True


async def _was_cancelled(checkout_id: UUID) -> bool:
    found = await queries.checkout(checkout_id)
    if found is not None and found.state == "paid":
        raise Conflict("It is paid already; ask for a refund.", code="already_paid")
    return False


async def expire_due(mall: Mall) -> int:
    """Cancel the checkouts whose time is up; return how many. Two sweepers share them by compare-and-set.

    One that cannot be cancelled is passed over: however many they are, they keep no other from its turn.
    """
    count, due = 0, await queries.expired(mall.now())
    while due:
        count += sum([await _expire(mall, checkout.id) for checkout in due])
        due = await queries.expired(mall.now(), due[-1])
    return count


async def _expire(mall: Mall, checkout_id: UUID) -> bool:
    try:
        return await cancel(mall, checkout_id, SYSTEM, reason="expired")
    except Conflict as problem:
        log.info("expiry_refused", checkout=str(checkout_id), code=problem.code)
    except db.AWAY:
        raise
    except Exception as error:  # whatever is wrong with one must not keep the others waiting
        log.error("expiry_failed", checkout=str(checkout_id), exc_info=error)
    return False
