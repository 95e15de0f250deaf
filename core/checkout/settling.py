"""Settling: a paid checkout makes its orders paid, and the captured money theirs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ..catalog import service as catalog
from ..errors import GalleriaError
from ..inventory import service as inventory
from ..mall import Mall
from ..orders import queries as orders
from ..orders import transitions
from ..orders.actors import SYSTEM
from ..orders.queries import LineRow
from ..payments import service as payments
from ..payments.service import Share
from ..storage import db
from . import queries


@db.atomic
async def settle(mall: Mall, checkout_id: UUID, payment_id: UUID) -> None:
    """placed -> paid. Told twice, it changes nothing.

    A cancelled checkout cannot get here: its payment was closed with it, and what is captured on a closed
    payment is refunded where it is recorded.
    """
    moved = await db.execute(
        "UPDATE checkout SET state = 'paid', settled_at = $2 WHERE id = $1 AND state = 'placed'",
        checkout_id,
        mall.now(),
    )
    if not moved:
        await _require_paid(checkout_id)
        return
    placed = await orders.checkout_orders(checkout_id)
    await pay_orders(mall, [order.id for order in placed])
    shares = [Share(order_id=order.id, store_id=order.store_id, amount=order.due) for order in placed if order.due]
    await payments.apply(payment_id, shares, now=mall.now())


async def _require_paid(checkout_id: UUID) -> None:
    found = await queries.checkout(checkout_id)
    if found is None or found.state != "paid":
        raise GalleriaError(f"checkout {checkout_id} is {found.state if found else 'unknown'}, but its payment is paid")


async def pay_orders(mall: Mall, order_ids: Sequence[UUID]) -> None:
    """Orders become paid, their holds lose their expiry, and their units count as sold."""
    if not order_ids:
        return
    await transitions.move(mall, "pay", order_ids, SYSTEM)
    lines = [line for line in await orders.lines(order_ids) if line.kind == "goods"]
    await inventory.confirm([line.id for line in lines], now=mall.now())
    await catalog.count_sold(_sold(lines))


def _sold(lines: Sequence[LineRow]) -> list[tuple[UUID, int]]:
    counts: dict[UUID, int] = {}
    for line in lines:
        if line.product_id is not None:
            counts[line.product_id] = counts.get(line.product_id, 0) + line.quantity
    return sorted(counts.items())
