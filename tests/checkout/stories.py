"""Orders of one shop that have come a long way, and the ids of everything that belongs to them."""

from __future__ import annotations

from typing import Any

from galleria.core.checkout.cancelling import cancel
from galleria.core.checkout.placing import place
from galleria.core.checkout.refunding import refund
from galleria.core.mall import Mall
from galleria.core.orders import fulfilment
from galleria.core.orders.actors import SYSTEM
from galleria.core.orders.fulfilment import Shipped
from galleria.core.orders.refunds import RefundUnits
from galleria.core.storage import db
from galleria.core.testing.factories import Goods, Person

from .offering import a_tenth_off, bought, by_points_and_balance, drafted


async def tell(mall: Mall, person: Person, goods: Goods) -> dict[str, Any]:
    """Four checkouts of one shop: half sent and half refunded, placed, cancelled, and repaid a part of its tenders."""
    first = await bought(mall, person.id, [(goods.skus[0], 3), (goods.skus[1], 2)], a_tenth_off)
    order = first.orders[0]
    line, other_line = (row for row in order.lines if row.kind == "goods")
    parcel = await fulfilment.ship(
        mall, order.store_id, order.id, SYSTEM, carrier="SF", tracking_number="1", units=[Shipped(line.id, 1)]
    )
    units = [RefundUnits(line.id, 1), RefundUnits(other_line.id, 2)]
    made = await refund(mall, order.store_id, order.id, units, SYSTEM, reason="refund", restock=False)
    placed = await drafted(mall, person.id, [(goods.skus[0], 1)])
    cancelled = await drafted(mall, person.id, [(goods.skus[0], 1)])
    assert await place(mall, [placed, cancelled]) == {}
    assert await cancel(mall, cancelled.id, SYSTEM, reason="test")
    sql = "SELECT id FROM order_adjustment WHERE order_id = $1 AND phase = 3 AND refund_id IS NULL"
    return {
        "checkout": first.id,
        "order": order.id,
        "line": line.id,
        "sold_out": other_line.id,
        "payment": first.payment_id,
        "adjustment": await db.fetch_value(sql, order.id),
        "parcel": parcel,
        "refund": made.id,
        "waiting": placed.id,
        "waiting_order": placed.orders[0].id,
        "waiting_line": placed.orders[0].lines[0].id,
        "waiting_payment": placed.payment_id,
        "given_up": cancelled.id,
        "given_up_order": cancelled.orders[0].id,
        "given_up_line": cancelled.orders[0].lines[0].id,
        "given_up_payment": cancelled.payment_id,
        **await _repaid(mall, person, goods),
    }


async def _repaid(mall: Mall, person: Person, goods: Goods) -> dict[str, Any]:
    """9.99, of which 1.00 was paid in points and 5.00 from a balance; of 6.66 refunded, 2.67 went to the balance."""
    order = (await bought(mall, person.id, [(goods.skus[1], 3)], by_points_and_balance)).orders[0]
    units = [RefundUnits(order.lines[0].id, 2)]
    made = await refund(mall, order.store_id, order.id, units, SYSTEM, reason="refund", restock=False)
    assert (made.money, [(entry.plugin, entry.amount) for entry in made.repaid]) == (399, [("wallet", 267)])
    repayment = "SELECT id FROM order_adjustment WHERE refund_id = $1 AND reverses = $2"
    balance = made.repaid[0].adjustment_id
    return {
        "repaid_order": order.id,
        "repaid_refund": made.id,
        "balance": balance,
        "repayment": await db.fetch_value(repayment, made.id, balance),
    }
