"""What must hold for this domain's rows between any two commits."""

from __future__ import annotations

from ..storage.invariants import Invariant

_SUMS = """
SELECT o.id, o.total, o.goods, o.shipping, o.fees, l.total AS lines
FROM shop_order o LEFT JOIN LATERAL (
  SELECT COALESCE(sum(total), 0) AS total,
         COALESCE(sum(balances[1]) FILTER (WHERE kind = 'goods'), 0) AS goods,
         COALESCE(sum(balances[1]) FILTER (WHERE kind = 'shipping'), 0) AS shipping,
         COALESCE(sum(balances[1]) FILTER (WHERE kind = 'fee'), 0) AS fees
  FROM order_line WHERE order_id = o.id) l ON true
WHERE (o.total, o.goods, o.shipping, o.fees) <> (l.total, l.goods, l.shipping, l.fees)
"""
_DISCOUNTS = """
SELECT o.id, o.discounts, o.tax, o.tenders
FROM shop_order o LEFT JOIN LATERAL (
  SELECT COALESCE(-sum(amount) FILTER (WHERE phase < 7), 0) AS discounts,
         COALESCE(sum(amount) FILTER (WHERE phase = 7), 0) AS tax,
         COALESCE(-sum(amount) FILTER (WHERE phase = 8), 0) AS tenders
  FROM order_adjustment WHERE order_id = o.id AND refund_id IS NULL) a ON true
WHERE (o.discounts, o.tax, o.tenders) <> (a.discounts, a.tax, a.tenders)
"""
_ALLOCATED = """
SELECT a.id, a.order_id, a.amount FROM order_adjustment a
LEFT JOIN adjustment_allocation p ON p.adjustment_id = a.id
GROUP BY a.id HAVING a.amount <> COALESCE(sum(p.amount), 0)
"""
_EXPLAINED = """
SELECT l.id, l.order_id, l.balances, a.changes
FROM order_line l LEFT JOIN LATERAL (
  SELECT array_agg(p.amount ORDER BY a.sequence) AS changes
  FROM adjustment_allocation p JOIN order_adjustment a ON a.id = p.adjustment_id
  WHERE p.line_id = l.id AND a.refund_id IS NULL AND a.phase < 8) a ON true
WHERE COALESCE(a.changes, '{}') <> ARRAY(
  SELECT l.balances[i] - l.balances[i - 1] FROM generate_series(2, cardinality(l.balances)) i ORDER BY i)
"""
_REFUNDED = """
SELECT o.id, o.refunded, o.due, sum(r.amount) AS refunds, sum(r.money) AS money
FROM shop_order o LEFT JOIN order_refund r ON r.order_id = o.id
GROUP BY o.id
HAVING o.refunded <> COALESCE(sum(r.amount), 0) OR sum(r.money) > o.due OR sum(r.tenders) > o.tenders
"""
_REFUND_LINES = """
SELECT r.id, r.order_id, r.amount FROM order_refund r LEFT JOIN refund_line p ON p.refund_id = r.id
GROUP BY r.id HAVING r.amount <> COALESCE(sum(p.amount), 0) OR count(p.id) = 0
"""
_TILED = """
SELECT l.id, l.order_id, l.refunded, p.covered
FROM order_line l LEFT JOIN LATERAL (
  SELECT COALESCE(sum(quantity), 0) AS covered, bool_and(first = before) AS tiled FROM (
    SELECT first, quantity, COALESCE(sum(quantity) OVER (
      ORDER BY first, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM refund_line WHERE line_id = l.id) part) p ON true
WHERE l.refunded <> p.covered OR NOT p.tiled
"""
_WORTH = """
SELECT p.id, p.refund_id, p.line_id, p.amount FROM refund_line p JOIN order_line l ON l.id = p.line_id
WHERE p.amount <>
  div(l.total::numeric * (p.first + p.quantity), l.quantity) - div(l.total::numeric * p.first, l.quantity)
"""
_REVERSED = """
SELECT l.id, l.order_id, COALESCE(a.reverses, a.id) AS adjustment_id, sum(p.amount) AS left
FROM order_line l JOIN adjustment_allocation p ON p.line_id = l.id JOIN order_adjustment a ON a.id = p.adjustment_id
WHERE l.refunded = l.quantity AND a.phase < 8
GROUP BY l.id, COALESCE(a.reverses, a.id) HAVING sum(p.amount) <> 0
"""
_REPAID = """
SELECT r.id, r.order_id, r.tenders, a.repaid FROM order_refund r LEFT JOIN LATERAL (
  SELECT COALESCE(sum(amount), 0) AS repaid FROM order_adjustment WHERE refund_id = r.id AND phase = 8) a ON true
WHERE r.tenders <> a.repaid
"""
_OVERPAID = """
SELECT COALESCE(a.reverses, a.id) AS adjustment_id, p.line_id, sum(p.amount) AS over
FROM order_adjustment a JOIN adjustment_allocation p ON p.adjustment_id = a.id WHERE a.phase = 8
GROUP BY COALESCE(a.reverses, a.id), p.line_id
HAVING sum(p.amount) > 0 OR bool_or(p.amount < 0) FILTER (WHERE a.reverses IS NOT NULL)
"""
_LAST_FIRST = """
WITH tender AS (
  SELECT t.id, t.order_id, t.sequence, -t.amount AS paid, COALESCE(sum(r.amount), 0) AS repaid
  FROM order_adjustment t LEFT JOIN order_adjustment r ON r.reverses = t.id
  WHERE t.phase = 8 AND t.reverses IS NULL GROUP BY t.id
), money AS (SELECT order_id, sum(money) AS repaid FROM order_refund GROUP BY order_id)
SELECT t.id, t.order_id, t.repaid FROM tender t JOIN money m ON m.order_id = t.order_id
JOIN shop_order o ON o.id = t.order_id
WHERE t.repaid > 0 AND (m.repaid < o.due OR EXISTS (
  SELECT FROM tender later
  WHERE later.order_id = t.order_id AND later.sequence > t.sequence AND later.repaid < later.paid))
"""
_REVERSES = """
SELECT a.id, a.order_id, a.refund_id, a.reverses FROM order_adjustment a
LEFT JOIN order_adjustment was ON was.id = a.reverses LEFT JOIN order_refund r ON r.id = a.refund_id
WHERE (a.refund_id IS NULL) <> (a.reverses IS NULL)
   OR a.refund_id IS NOT NULL
      AND (was.order_id IS DISTINCT FROM a.order_id OR r.order_id IS DISTINCT FROM a.order_id
           OR was.reverses IS NOT NULL OR was.phase <> a.phase)
"""
_SHIPPED = """
SELECT l.id, l.order_id, l.shipped FROM order_line l LEFT JOIN parcel_line p ON p.line_id = l.id
GROUP BY l.id HAVING l.shipped <> COALESCE(sum(p.quantity), 0)
"""
_UNTOUCHED = """
SELECT l.id, l.order_id FROM order_line l JOIN shop_order o ON o.id = l.order_id
WHERE (o.state = 'placed' OR o.paid_at IS NULL) AND l.shipped + l.cancelled + l.refunded > 0
   OR o.state = 'paid' AND l.shipped > 0
   OR l.kind <> 'goods' AND l.shipped + l.cancelled > 0
   OR l.kind = 'goods' AND o.state = 'completed' AND l.shipped + l.cancelled < l.quantity
"""
_STORES = """
SELECT child.kind, child.id, child.parent FROM (
  SELECT 'line' AS kind, id, store_id, order_id AS parent FROM order_line
  UNION ALL SELECT 'adjustment', id, store_id, order_id FROM order_adjustment
  UNION ALL SELECT 'block', id, store_id, order_id FROM order_block
  UNION ALL SELECT 'history', id, store_id, order_id FROM order_history
  UNION ALL SELECT 'parcel', id, store_id, order_id FROM parcel
  UNION ALL SELECT 'refund', id, store_id, order_id FROM order_refund
) child LEFT JOIN shop_order o ON o.id = child.parent WHERE o.store_id IS DISTINCT FROM child.store_id
UNION ALL
SELECT child.kind, child.id, child.line_id FROM (
  SELECT 'allocation' AS kind, p.id, p.store_id, p.line_id, a.store_id AS other_store_id, a.order_id
  FROM adjustment_allocation p LEFT JOIN order_adjustment a ON a.id = p.adjustment_id
  UNION ALL SELECT 'parcel line', p.id, p.store_id, p.line_id, b.store_id, b.order_id
  FROM parcel_line p LEFT JOIN parcel b ON b.id = p.parcel_id
  UNION ALL SELECT 'refund line', p.id, p.store_id, p.line_id, r.store_id, r.order_id
  FROM refund_line p LEFT JOIN order_refund r ON r.id = p.refund_id
) child LEFT JOIN order_line l ON l.id = child.line_id
WHERE (l.store_id, l.order_id) IS DISTINCT FROM (child.store_id, child.order_id)
   OR child.store_id IS DISTINCT FROM child.other_store_id
"""
_HISTORY = """
SELECT o.id, o.state FROM shop_order o
WHERE NOT EXISTS (SELECT FROM order_history h WHERE h.order_id = o.id AND h.kind = 'placed')
   OR o.state <> (SELECT to_state FROM order_history h WHERE h.order_id = o.id ORDER BY id DESC LIMIT 1)
"""
_STAMPS = """
SELECT id, state, paid_at, completed_at, cancelled_at FROM shop_order
WHERE (state IN ('paid', 'fulfilling', 'completed')) > (paid_at IS NOT NULL)
   OR (state = 'placed' AND paid_at IS NOT NULL)
   OR (state = 'completed') <> (completed_at IS NOT NULL)
   OR (state = 'cancelled') <> (cancelled_at IS NOT NULL)
"""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant("an order's amounts are the sums of its lines", _SUMS),
    Invariant("an order's discounts, taxes and tenders are the sums of its adjustments", _DISCOUNTS),
    Invariant(
        "a line's total is its last balance",
        "SELECT id, order_id FROM order_line WHERE total IS DISTINCT FROM balances[cardinality(balances)]",
    ),
    Invariant("an adjustment is the sum of its allocations", _ALLOCATED),
    Invariant("each balance of a line is explained by an adjustment", _EXPLAINED),
    Invariant("what an order has refunded is the sum of its refunds, and at most what was paid", _REFUNDED),
    Invariant("a refund is the sum of its lines", _REFUND_LINES),
    Invariant("the units of a line are refunded in order, each once", _TILED),
    Invariant("refunded units are worth what the line's total gives them", _WORTH),
    Invariant("a line that is refunded in full has nothing left of its adjustments", _REVERSED),
    Invariant("the tenders of a refund are what its adjustments repay of them", _REPAID),
    Invariant("no line's part of a tender is repaid beyond what it paid", _OVERPAID),
    Invariant("tenders are repaid after provider money, the last one used first", _LAST_FIRST),
    Invariant("a refund's adjustments each reverse one of the order's own", _REVERSES),
    Invariant("shipped units are those in parcels", _SHIPPED),
    Invariant("units move only as the order's state allows", _UNTOUCHED),
    Invariant("what belongs to an order is of its store", _STORES),
    Invariant("an order's history begins with its placement and ends in its state", _HISTORY),
    Invariant("an order's state and its times agree", _STAMPS),
)
