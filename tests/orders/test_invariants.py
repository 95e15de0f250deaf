from __future__ import annotations

import pytest
from galleria.core.orders.invariants import INVARIANTS

from ..checkout.breaking import break_and_look

SUMS = "an order's amounts are the sums of its lines"
CHANGES = "an order's discounts, taxes and tenders are the sums of its adjustments"
REFUNDED = "what an order has refunded is the sum of its refunds, and at most what was paid"
TILED = "the units of a line are refunded in order, each once"
REVERSES = "a refund's adjustments each reverse one of the order's own"
REPAID = "the tenders of a refund are what its adjustments repay of them"
OVERPAID = "no line's part of a tender is repaid beyond what it paid"
LAST_FIRST = "tenders are repaid after provider money, the last one used first"
MOVES = "units move only as the order's state allows"
STORES = "what belongs to an order is of its store"
HISTORY = "an order's history begins with its placement and ends in its state"
STAMPS = "an order's state and its times agree"
TWICE = """
INSERT INTO refund_line SELECT gen_random_uuid(), store_id, refund_id, line_id, 1, 2, 0
FROM refund_line WHERE line_id = :sold_out
"""
HALF_REVERSED = """
DELETE FROM adjustment_allocation WHERE line_id = :sold_out
AND adjustment_id IN (SELECT id FROM order_adjustment WHERE reverses = :adjustment)
"""
FOREIGN_BLOCK = """
INSERT INTO order_block SELECT gen_random_uuid(), gen_random_uuid(), id, 'waits', '{}', now()
FROM shop_order WHERE id = :order
"""

BREAKS = [
    (SUMS, "UPDATE shop_order SET goods = goods + 1, discounts = discounts + 1 WHERE id = :order"),
    (SUMS, "UPDATE shop_order SET goods = goods - 1, shipping = shipping + 1 WHERE id = :order"),
    (SUMS, "UPDATE shop_order SET total = total + 1 WHERE id = :order"),
    (SUMS, "DELETE FROM order_line WHERE id = :line"),
    (CHANGES, "UPDATE order_adjustment SET amount = amount - 1 WHERE id = :adjustment"),
    (CHANGES, "UPDATE shop_order SET tenders = 0 WHERE id = :order"),
    ("a line's total is its last balance", "UPDATE order_line SET total = total + 1 WHERE id = :line"),
    (
        "an adjustment is the sum of its allocations",
        "UPDATE adjustment_allocation SET amount = amount + 1 WHERE adjustment_id = :adjustment AND line_id = :line",
    ),
    (
        "each balance of a line is explained by an adjustment",
        "UPDATE order_line SET balances[1] = balances[1] + 1 WHERE id = :line",
    ),
    (
        "each balance of a line is explained by an adjustment",
        "UPDATE order_line SET balances = balances || balances[2:2] WHERE id = :line",
    ),
    (REFUNDED, "UPDATE shop_order SET refunded = refunded + 1 WHERE id = :order"),
    (REFUNDED, "UPDATE order_refund SET amount = amount + 9999, money = money + 9999 WHERE id = :refund"),
    (
        "a refund is the sum of its lines",
        "UPDATE order_refund SET amount = amount + 1, money = money + 1 WHERE id = :refund",
    ),
    ("a refund is the sum of its lines", "DELETE FROM refund_line WHERE refund_id = :refund"),
    (TILED, "UPDATE refund_line SET first = first + 1 WHERE line_id = :line"),
    (TILED, "UPDATE order_line SET refunded = refunded + 1 WHERE id = :line"),
    (TILED, TWICE),
    (
        "refunded units are worth what the line's total gives them",
        "UPDATE refund_line SET amount = amount + 1 WHERE line_id = :line",
    ),
    ("a line that is refunded in full has nothing left of its adjustments", HALF_REVERSED),
    (REVERSES, "UPDATE order_adjustment SET reverses = NULL WHERE reverses = :adjustment"),
    (REVERSES, "UPDATE order_adjustment SET refund_id = NULL WHERE reverses = :adjustment"),
    (REVERSES, "UPDATE order_adjustment SET phase = 2 WHERE reverses = :adjustment"),
    (REVERSES, "UPDATE order_adjustment SET reverses = id WHERE reverses = :adjustment"),
    (REPAID, "UPDATE order_refund SET money = money - 1, tenders = tenders + 1 WHERE id = :repaid_refund"),
    (REPAID, "UPDATE order_adjustment SET amount = amount - 1 WHERE id = :repayment"),
    (REPAID, "DELETE FROM order_adjustment WHERE id = :repayment"),
    (OVERPAID, "UPDATE adjustment_allocation SET amount = 501 WHERE adjustment_id = :repayment"),
    (OVERPAID, "UPDATE adjustment_allocation SET amount = -1 WHERE adjustment_id = :repayment"),
    (LAST_FIRST, "UPDATE order_adjustment SET sequence = 0 WHERE id = :balance"),
    (LAST_FIRST, "UPDATE shop_order SET due = due + 1 WHERE id = :repaid_order"),
    ("shipped units are those in parcels", "UPDATE parcel_line SET quantity = 2 WHERE parcel_id = :parcel"),
    ("shipped units are those in parcels", "DELETE FROM parcel_line WHERE parcel_id = :parcel"),
    (MOVES, "UPDATE shop_order SET state = 'paid' WHERE id = :order"),
    (MOVES, "UPDATE shop_order SET state = 'completed' WHERE id = :order"),
    (MOVES, "UPDATE order_line SET refunded = 1 WHERE order_id = :waiting_order"),
    (MOVES, "UPDATE order_line SET cancelled = 1, refunded = 1 WHERE id = :given_up_line"),
    (STORES, "UPDATE order_line SET store_id = gen_random_uuid() WHERE id = :line"),
    (STORES, "UPDATE order_adjustment SET store_id = gen_random_uuid() WHERE id = :adjustment"),
    (STORES, "UPDATE order_history SET store_id = gen_random_uuid() WHERE order_id = :order"),
    (STORES, FOREIGN_BLOCK),
    (STORES, "UPDATE parcel SET store_id = gen_random_uuid() WHERE id = :parcel"),
    (STORES, "UPDATE parcel_line SET store_id = gen_random_uuid() WHERE parcel_id = :parcel"),
    (STORES, "UPDATE order_refund SET store_id = gen_random_uuid() WHERE id = :refund"),
    (STORES, "UPDATE refund_line SET store_id = gen_random_uuid() WHERE refund_id = :refund"),
    (STORES, "UPDATE adjustment_allocation SET store_id = gen_random_uuid() WHERE adjustment_id = :adjustment"),
    (STORES, "UPDATE parcel_line SET line_id = :given_up_line WHERE parcel_id = :parcel"),
    (HISTORY, "DELETE FROM order_history WHERE order_id = :order AND kind = 'placed'"),
    (HISTORY, "DELETE FROM order_history WHERE order_id = :given_up_order AND kind = 'cancel'"),
    (STAMPS, "UPDATE shop_order SET paid_at = NULL WHERE id = :order"),
    (STAMPS, "UPDATE shop_order SET paid_at = now() WHERE id = :waiting_order"),
    (STAMPS, "UPDATE shop_order SET completed_at = now() WHERE id = :order"),
    (STAMPS, "UPDATE shop_order SET cancelled_at = NULL WHERE id = :given_up_order"),
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
