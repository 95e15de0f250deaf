"""What must hold between checkouts, their orders, payments and stock at any commit."""

from __future__ import annotations

from ..storage.invariants import Invariant

_SUMS = """
SELECT c.id, o.checkout_id, c.total, c.due, o.total AS orders_total, o.due AS orders_due
FROM checkout c FULL JOIN (
  SELECT checkout_id, sum(total) AS total, sum(due) AS due, min(currency) AS least, max(currency) AS most
  FROM shop_order GROUP BY checkout_id) o ON o.checkout_id = c.id
WHERE (c.total, c.due, c.currency, c.currency) IS DISTINCT FROM (o.total, o.due, o.least, o.most)
"""
_BUYER = """
SELECT c.id, o.id AS order_id FROM checkout c JOIN shop_order o ON o.checkout_id = c.id
LEFT JOIN payment p ON p.id = c.payment_id
WHERE o.account_id <> c.account_id OR p.account_id <> c.account_id
"""
_STATES = """
SELECT c.id, c.state, o.id AS order_id, o.state AS order_state
FROM checkout c JOIN shop_order o ON o.checkout_id = c.id
WHERE NOT CASE c.state
  WHEN 'placed' THEN o.state = 'placed'
  WHEN 'cancelled' THEN o.state = 'cancelled' AND o.paid_at IS NULL
  ELSE o.state <> 'placed' AND o.paid_at IS NOT NULL END
"""
_ONE_STORE = """
SELECT checkout_id, store_id FROM shop_order GROUP BY checkout_id, store_id HAVING count(*) > 1
"""
_PAYMENT = """
SELECT c.id, c.state, c.due, p.id AS payment_id, p.state AS payment_state, p.amount, p.captured
FROM checkout c LEFT JOIN payment p ON p.id = c.payment_id
WHERE CASE WHEN c.due = 0 THEN c.payment_id IS NOT NULL OR c.state = 'placed'
  ELSE (p.checkout_id, p.amount, p.currency) IS DISTINCT FROM (c.id, c.due, c.currency)
       OR NOT CASE c.state
         WHEN 'placed' THEN p.state <> 'closed' AND p.applied_at IS NULL
         WHEN 'cancelled' THEN p.state = 'closed'
         ELSE p.state = 'paid' AND p.captured >= c.due AND p.applied_at IS NOT NULL END
  END
"""
_REFUNDS = """
SELECT r.id, r.order_id, r.money, r.state, p.amount
FROM order_refund r LEFT JOIN LATERAL (
  SELECT sum(amount) AS amount, bool_and(state = 'succeeded') AS done
  FROM payment_refund WHERE request_id = r.id AND order_id = r.order_id AND store_id = r.store_id) p ON true
WHERE r.money <> COALESCE(p.amount, 0) OR r.state = 'settled' AND NOT COALESCE(p.done, true)
   OR r.money = 0 AND r.state <> 'settled'
"""
_HELD = """
SELECT l.id, l.order_id, l.quantity, h.quantity AS held, h.committed, h.released
FROM order_line l JOIN shop_order o ON o.id = l.order_id LEFT JOIN stock_hold h ON h.owner = l.id
WHERE l.kind = 'goods' AND o.state <> 'cancelled'
  AND (l.store_id, l.sku_id, l.location_id, l.quantity, l.shipped, l.cancelled)
      IS DISTINCT FROM (h.store_id, h.sku_id, h.location_id, h.quantity, h.committed, h.released)
"""
_FREED = """
SELECT l.id, l.order_id, h.quantity, h.released FROM order_line l JOIN shop_order o ON o.id = l.order_id
JOIN stock_hold h ON h.owner = l.id WHERE o.state = 'cancelled' AND h.quantity > h.committed + h.released
"""
_KEPT = """
SELECT l.id, l.order_id, h.expires_at FROM order_line l JOIN shop_order o ON o.id = l.order_id
JOIN stock_hold h ON h.owner = l.id
WHERE (o.state = 'placed') <> (h.expires_at IS NOT NULL) AND o.state <> 'cancelled'
"""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant("a checkout's amounts are the sums of its orders, in its currency", _SUMS),
    Invariant("a checkout, its orders and its payment are of one buyer", _BUYER),
    Invariant("a checkout has one order a store", _ONE_STORE),
    Invariant("the orders of a checkout are placed, paid or cancelled with it", _STATES),
    Invariant("a checkout has a payment of what is due, which is paid or closed as the checkout is", _PAYMENT),
    Invariant("the money of a refund is asked of the payment, and back when the refund is settled", _REFUNDS),
    Invariant("units that an order has still to send are held for it", _HELD),
    Invariant("a cancelled order holds nothing", _FREED),
    Invariant("holds lose their expiry when the order is paid", _KEPT),
    Invariant(
        "no checkout is unpaid 15 minutes after its time is up",
        "SELECT id, expires_at FROM checkout WHERE state = 'placed' "
        "AND expires_at < $1::timestamptz - interval '15 minutes'",
    ),
)
