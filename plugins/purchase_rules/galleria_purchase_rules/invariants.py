"""What must hold for the plugin's rows at any time."""

from __future__ import annotations

from galleria.core.plugin_api import Invariant

_COUNTED = """
SELECT c.limit_id, c.account_id, c.period_start, c.used, u.taken
FROM purchase_rules_counter c FULL JOIN (
  SELECT limit_id, account_id, period_start, sum(quantity - given_back) AS taken
  FROM purchase_rules_use GROUP BY limit_id, account_id, period_start
) u USING (limit_id, account_id, period_start)
WHERE COALESCE(c.used, 0) <> COALESCE(u.taken, 0)
"""
_WITHIN = "SELECT limit_id, account_id, period_start, used, allowed FROM purchase_rules_counter WHERE used > allowed"
_STORES = """
SELECT child.kind, child.id, child.store_id FROM (
  SELECT 'counter' AS kind, id, store_id, limit_id FROM purchase_rules_counter
  UNION ALL SELECT 'use', id, store_id, limit_id FROM purchase_rules_use
) child LEFT JOIN purchase_rules_limit l ON l.id = child.limit_id WHERE l.store_id IS DISTINCT FROM child.store_id
"""
_LINES = """
SELECT u.id, u.order_id, u.line_id, u.quantity, l.quantity AS ordered
FROM purchase_rules_use u
LEFT JOIN (order_line l JOIN shop_order o ON o.id = l.order_id) ON l.id = u.line_id
WHERE (l.store_id, l.order_id, l.quantity, o.account_id)
  IS DISTINCT FROM (u.store_id, u.order_id, u.quantity, u.account_id)
"""

INVARIANTS = (
    Invariant("what a shopper has of a limit is the sum of what their orders have taken", _COUNTED),
    Invariant("nobody has more of a limit than it allowed when they took it", _WITHIN),
    Invariant("what is counted under a limit is of its store", _STORES),
    Invariant("what is counted under a limit was ordered, by that shopper and in that quantity", _LINES),
)
