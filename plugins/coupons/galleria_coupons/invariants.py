"""What must hold for coupons between any two commits."""

from __future__ import annotations

from galleria.core.plugin_api import Invariant

_COUNTED = """
SELECT m.id, m.claimed, count(c.id) AS coupons FROM coupons_campaign m
LEFT JOIN coupons_coupon c ON c.campaign_id = m.id AND c.state <> 'returned'
GROUP BY m.id HAVING m.claimed <> count(c.id)
"""
_TALLIED = """
SELECT campaign_id, account_id, t.claimed, c.coupons
FROM (SELECT campaign_id, account_id, claimed FROM coupons_tally WHERE claimed > 0) t
FULL JOIN (
  SELECT campaign_id, account_id, count(*) AS coupons FROM coupons_coupon WHERE state <> 'returned'
  GROUP BY campaign_id, account_id) c USING (campaign_id, account_id)
WHERE t.claimed IS DISTINCT FROM c.coupons
"""
_PLACED = """
SELECT part.id
FROM (SELECT id, campaign_id, store_id FROM coupons_coupon
      UNION ALL SELECT id, campaign_id, store_id FROM coupons_tally) part
JOIN coupons_campaign m ON m.id = part.campaign_id WHERE m.store_id IS DISTINCT FROM part.store_id
"""
_HELD = """
SELECT c.id, c.checkout_id FROM coupons_coupon c
WHERE c.state = 'held'
  AND NOT EXISTS (SELECT FROM shop_order o WHERE o.id = ANY (c.order_ids) AND o.state = 'placed')
  AND NOT EXISTS (
    SELECT FROM outbox_delivery d
    WHERE d.subject_id = ANY (c.order_ids) AND d.state <> 'done'
      AND d.recipient = 'plugin:coupons' || CASE WHEN c.store_id IS NULL THEN '@mall' ELSE '' END)
"""
_USED = """
SELECT c.id, c.checkout_id FROM coupons_coupon c
WHERE c.state IN ('held', 'used') AND NOT EXISTS (
  SELECT FROM shop_order o
  WHERE o.checkout_id = c.checkout_id AND o.account_id = c.account_id AND o.store_id = COALESCE(c.store_id, o.store_id)
    AND (c.state = 'held' OR o.paid_at IS NOT NULL))
"""
_CARRIED = """
SELECT a.id, a.order_id, a.reference FROM order_adjustment a JOIN shop_order o ON o.id = a.order_id
WHERE a.plugin = 'coupons' AND a.reverses IS NULL AND (a.reference LIKE 'coupon:%' OR a.reference LIKE 'code:%')
  AND o.state <> 'cancelled'
  AND EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND l.refunded < l.quantity)
  AND NOT EXISTS (
    SELECT FROM coupons_coupon c
    WHERE c.checkout_id = o.checkout_id AND c.account_id = o.account_id AND c.state IN ('held', 'used')
      AND c.store_id IS NOT DISTINCT FROM a.scope_store_id AND o.id = ANY (c.order_ids)
      AND a.reference IN ('coupon:' || c.id, 'code:' || c.campaign_id))
"""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant("a coupon campaign has as many coupons as it has counted", _COUNTED),
    Invariant("a shopper has as many coupons of a campaign as are counted", _TALLIED),
    Invariant(
        "no more coupons are claimed than the campaign allows",
        "SELECT id, claimed, total_limit FROM coupons_campaign WHERE claimed > total_limit",
    ),
    Invariant(
        "no shopper has more coupons than the campaign allows",
        "SELECT t.campaign_id, t.account_id, t.claimed, m.shopper_limit FROM coupons_tally t "
        "JOIN coupons_campaign m ON m.id = t.campaign_id WHERE t.claimed > m.shopper_limit",
    ),
    Invariant("a coupon is of the place of its campaign", _PLACED),
    Invariant("a held coupon has an order that waits to be paid, or a fact about it that waits to be told", _HELD),
    Invariant("a held or used coupon belongs to a checkout of its shopper, a used one to a paid one", _USED),
    Invariant("an order with a coupon's discount has that coupon, held or used by it", _CARRIED),
    Invariant(
        "a store bears its own discounts alone",
        "SELECT id FROM coupons_campaign WHERE store_id IS NOT NULL AND platform_share_ppm > 0 "
        "UNION ALL SELECT id FROM coupons_reduction WHERE store_id IS NOT NULL AND platform_share_ppm > 0",
    ),
)
