"""What must hold for this domain's rows between any two commits."""

from __future__ import annotations

from ..storage.invariants import Invariant

_CLEARING = """
SELECT p.id, p.state, p.amount, p.applied_at, b.balance
FROM payment p JOIN LATERAL (
  SELECT COALESCE(sum(amount), 0) AS balance FROM ledger_entry WHERE payment_id = p.id AND account = 'clearing') b
  ON true
WHERE b.balance <> CASE
  WHEN p.state = 'closed' OR p.applied_at IS NOT NULL THEN 0
  WHEN p.state = 'paid' THEN -p.amount
  ELSE -p.captured END
"""

_PROVIDERS = """
WITH holds AS (
  SELECT c.payment_id, 'provider:' || c.provider AS account,
         sum(c.amount - COALESCE(r.returned, 0)) AS amount
  FROM payment_capture c LEFT JOIN (
    SELECT capture_id, sum(amount) AS returned FROM payment_refund WHERE state = 'succeeded' GROUP BY capture_id
  ) r ON r.capture_id = c.id
  GROUP BY c.payment_id, c.provider),
booked AS (
  SELECT payment_id, account, sum(amount) AS amount FROM ledger_entry
  WHERE account LIKE 'provider:%' GROUP BY payment_id, account)
SELECT payment_id, account, holds.amount AS holds, booked.amount AS booked
FROM holds FULL JOIN booked USING (payment_id, account)
WHERE holds.amount IS DISTINCT FROM booked.amount
"""

_PAYABLE = """
WITH owed AS (
  SELECT payment_id, sum(amount) FILTER (WHERE state <> 'succeeded') AS amount FROM payment_refund GROUP BY payment_id),
booked AS (
  SELECT payment_id, -sum(amount) AS amount FROM ledger_entry WHERE account = 'refund_payable' GROUP BY payment_id)
SELECT payment_id, owed.amount AS owed, booked.amount AS booked FROM owed FULL JOIN booked USING (payment_id)
WHERE COALESCE(owed.amount, 0) <> COALESCE(booked.amount, 0)
"""

_STORES = """
WITH booked AS (
  SELECT payment_id, store_id, order_id, sum(amount) AS balance,
         COALESCE(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS returned
  FROM ledger_entry WHERE account = 'store' GROUP BY payment_id, store_id, order_id),
refunds AS (
  SELECT payment_id, store_id, order_id, sum(amount) AS amount FROM payment_refund
  WHERE store_id IS NOT NULL GROUP BY payment_id, store_id, order_id)
SELECT * FROM booked FULL JOIN refunds USING (payment_id, store_id, order_id)
WHERE balance IS NULL OR balance > 0 OR store_id IS NULL OR order_id IS NULL
   OR returned <> COALESCE(refunds.amount, 0)
"""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "each ledger posting balances, in one currency and for one payment",
        "SELECT posting_id FROM ledger_entry GROUP BY posting_id "
        "HAVING sum(amount) <> 0 OR count(DISTINCT (currency, payment_id, kind, source_id)) <> 1",
    ),
    Invariant("a provider's account holds the captures minus the refunds carried out", _PROVIDERS),
    Invariant("refund_payable is what has been decided and not yet carried out", _PAYABLE),
    Invariant("a store's account of an order has what was applied minus its refunds, never less than none", _STORES),
    Invariant("clearing holds what no store has yet, and nothing once a payment is applied or closed", _CLEARING),
    Invariant(
        "a payment's captured and refunded sums are those of its captures",
        "SELECT p.id, p.captured, p.refunded FROM payment p LEFT JOIN payment_capture c ON c.payment_id = p.id "
        "GROUP BY p.id HAVING p.captured <> COALESCE(sum(c.amount), 0) OR p.refunded <> COALESCE(sum(c.refunded), 0)",
    ),
    Invariant(
        "a capture's refunded sum is that of its refunds, and at most the capture",
        "SELECT c.id FROM payment_capture c LEFT JOIN payment_refund r ON r.capture_id = c.id GROUP BY c.id "
        "HAVING c.refunded <> COALESCE(sum(r.amount), 0) OR c.refunded > c.amount",
    ),
    Invariant(
        "a payment is paid when as much was captured as is due, and is else open, partially paid or closed",
        "SELECT id, state, amount, captured FROM payment WHERE NOT CASE state WHEN 'open' THEN captured = 0 "
        "WHEN 'partially_paid' THEN captured > 0 AND captured < amount WHEN 'paid' THEN captured >= amount "
        "ELSE refunded = captured END",
    ),
    Invariant(
        "only a paid payment is applied", "SELECT id FROM payment WHERE applied_at IS NOT NULL AND state <> 'paid'"
    ),
    Invariant(
        "captures and refunds are of their payment's currency, and of their own attempt's payment",
        "SELECT c.id FROM payment_capture c JOIN payment p ON p.id = c.payment_id "
        "JOIN payment_attempt a ON a.id = c.attempt_id LEFT JOIN payment_refund r ON r.capture_id = c.id "
        "WHERE c.currency <> p.currency OR a.currency <> p.currency OR a.payment_id <> p.id "
        "OR a.provider <> c.provider OR r.currency <> p.currency OR r.payment_id <> p.id",
    ),
    Invariant(
        "only an open payment has attempts that nobody has asked to close",
        "SELECT a.id, p.id AS payment_id FROM payment_attempt a JOIN payment p ON p.id = a.payment_id "
        "WHERE p.state IN ('paid', 'closed') AND a.state IN ('created', 'pending', 'unknown')",
    ),
    Invariant(
        "what is not settled is due at some time",
        "SELECT id FROM payment_attempt WHERE (state IN ('created', 'pending', 'unknown', 'closing')) "
        "<> (next_at IS NOT NULL) UNION ALL SELECT id FROM payment_refund "
        "WHERE (state IN ('pending', 'sent')) <> (next_at IS NOT NULL)",
    ),
)
