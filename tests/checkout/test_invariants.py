from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from galleria.core.checkout.invariants import INVARIANTS
from galleria.core.checkout.placing import place
from galleria.core.storage import db
from galleria.core.storage.invariants import violations

from .breaking import break_and_look
from .offering import drafted

SUMS = "a checkout's amounts are the sums of its orders, in its currency"
BUYER = "a checkout, its orders and its payment are of one buyer"
STATES = "the orders of a checkout are placed, paid or cancelled with it"
PAYMENT = "a checkout has a payment of what is due, which is paid or closed as the checkout is"
REFUNDS = "the money of a refund is asked of the payment, and back when the refund is settled"
HELD = "units that an order has still to send are held for it"
KEPT = "holds lose their expiry when the order is paid"
UNPAID = "no checkout is unpaid 15 minutes after its time is up"

BREAKS = [
    (SUMS, "UPDATE checkout SET total = total + 1 WHERE id = :checkout"),
    (SUMS, "UPDATE checkout SET due = due - 1 WHERE id = :checkout"),
    (SUMS, "UPDATE shop_order SET currency = 'EUR' WHERE id = :order"),
    (SUMS, "DELETE FROM checkout WHERE id = :checkout"),
    (BUYER, "UPDATE shop_order SET account_id = gen_random_uuid() WHERE id = :order"),
    (BUYER, "UPDATE payment SET account_id = gen_random_uuid() WHERE id = :payment"),
    ("a checkout has one order a store", "UPDATE shop_order SET checkout_id = :checkout WHERE id = :waiting_order"),
    (STATES, "UPDATE shop_order SET state = 'placed' WHERE id = :order"),
    (STATES, "UPDATE shop_order SET state = 'cancelled', paid_at = NULL WHERE id = :order"),
    (STATES, "UPDATE checkout SET state = 'cancelled' WHERE id = :checkout"),
    (STATES, "UPDATE shop_order SET state = 'paid', paid_at = now() WHERE id = :waiting_order"),
    (STATES, "UPDATE shop_order SET state = 'placed' WHERE id = :given_up_order"),
    (PAYMENT, "UPDATE payment SET state = 'closed' WHERE id = :payment"),
    (PAYMENT, "UPDATE payment SET captured = amount - 1 WHERE id = :payment"),
    (PAYMENT, "UPDATE payment SET applied_at = NULL WHERE id = :payment"),
    (PAYMENT, "UPDATE payment SET amount = amount + 1 WHERE id = :payment"),
    (PAYMENT, "UPDATE payment SET state = 'closed' WHERE id = :waiting_payment"),
    (PAYMENT, "UPDATE payment SET state = 'open' WHERE id = :given_up_payment"),
    (PAYMENT, "UPDATE checkout SET due = 0 WHERE id = :waiting"),
    (PAYMENT, "UPDATE checkout SET payment_id = NULL WHERE id = :waiting"),
    (REFUNDS, "UPDATE payment_refund SET amount = amount + 1 WHERE request_id = :refund"),
    (REFUNDS, "UPDATE order_refund SET state = 'settled' WHERE id = :refund"),
    (HELD, "UPDATE stock_hold SET released = released + 1 WHERE owner = :line"),
    (HELD, "UPDATE stock_hold SET committed = 0 WHERE owner = :line"),
    (HELD, "DELETE FROM stock_hold WHERE owner = :line"),
    ("a cancelled order holds nothing", "UPDATE stock_hold SET released = 0 WHERE owner = :given_up_line"),
    (KEPT, "UPDATE stock_hold SET expires_at = now() WHERE owner = :line"),
    (KEPT, "UPDATE stock_hold SET expires_at = NULL WHERE owner = :waiting_line"),
    (UNPAID, "UPDATE checkout SET expires_at = now() - interval '16 minutes' WHERE id = :waiting"),
]


def test_every_invariant_has_a_way_to_break_it():
    """Each rule is tried against rows that break it."""
    assert {name for name, _ in BREAKS} == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize(("name", "sql"), BREAKS)
async def test_a_broken_rule_is_found(name, sql, story):
    """Rows that break a rule are reported under its name; the rows before were whole."""
    before, after = await break_and_look(INVARIANTS, story, sql)
    assert before == set()
    assert name in after


async def test_a_checkout_has_fifteen_minutes_of_grace(mall, make_person, make_shop, make_goods):
    """An unpaid checkout whose time was up a minute ago is the sweep's work; later it is a violation."""
    goods = await make_goods(await make_shop())
    written = await drafted(mall, (await make_person()).id, [(goods.sku, 1)])
    await place(mall, [written])
    rule = [invariant for invariant in INVARIANTS if invariant.name == UNPAID]
    late = written.expires_at + timedelta(minutes=15)

    async def found(now):
        return [row["id"] for row in await db.fetch(rule[0].sql, now)]

    assert written.id not in await found(late - timedelta(seconds=1))
    assert written.id in await found(late + timedelta(seconds=1))
    assert await violations(rule, datetime.now(UTC)) == []
