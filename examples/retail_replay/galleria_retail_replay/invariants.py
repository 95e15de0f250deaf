"""What must hold for receipts and the orders that carry their prices."""

from __future__ import annotations

from galleria.core.plugin_api import Invariant

_USED_ONCE = """
SELECT DISTINCT o.id AS order_id, a.reference AS receipt, r.order_id AS used_by
FROM shop_order o
JOIN order_adjustment a ON a.store_id = o.store_id AND a.order_id = o.id AND a.plugin = 'retail_replay'
  AND a.reverses IS NULL
LEFT JOIN retail_replay_receipt r ON r.store_id = a.store_id AND r.receipt = a.reference
WHERE o.state <> 'cancelled' AND r.order_id IS DISTINCT FROM o.id
"""

INVARIANTS = (Invariant("every standing order at a receipt's prices has used that receipt up", _USED_ONCE),)
