"""What must hold for this domain's rows at any time."""

from __future__ import annotations

from ..storage.invariants import Invariant

_SUMS = """
SELECT sku_id, location_id, l.on_hand, l.held, m.on_hand AS moved_on_hand, m.held AS moved_held
FROM stock_level l FULL JOIN (
  SELECT store_id, sku_id, location_id, sum(on_hand_delta) AS on_hand, sum(held_delta) AS held
  FROM stock_movement GROUP BY store_id, sku_id, location_id
) m USING (store_id, sku_id, location_id)
WHERE (coalesce(l.on_hand, 0), coalesce(l.held, 0)) <> (coalesce(m.on_hand, 0), coalesce(m.held, 0))
"""
_HELD = """
SELECT sku_id, location_id, l.held, h.open
FROM stock_level l FULL JOIN (
  SELECT store_id, sku_id, location_id, sum(quantity - committed - released) AS open
  FROM stock_hold GROUP BY store_id, sku_id, location_id
) h USING (store_id, sku_id, location_id)
WHERE coalesce(l.held, 0) <> coalesce(h.open, 0)
"""
_COMMITTED = """
SELECT owner, h.sku_id, h.committed, h.released, m.committed AS moved_out, m.released AS moved_free
FROM stock_hold h LEFT JOIN (
  SELECT owner, -sum(on_hand_delta) AS committed, sum(on_hand_delta - held_delta) AS released
  FROM stock_movement WHERE kind IN ('commit', 'release') GROUP BY owner
) m USING (owner)
WHERE (h.committed, h.released) <> (coalesce(m.committed, 0), coalesce(m.released, 0))
"""
_COVERED = "SELECT sku_id, location_id, on_hand, held FROM stock_level WHERE held < 0 OR on_hand < held"
_STORES = """
SELECT child.kind, child.id, child.sku_id, child.store_id FROM (
  SELECT 'level' AS kind, id, sku_id, store_id, location_id FROM stock_level
  UNION ALL SELECT 'hold', id, sku_id, store_id, location_id FROM stock_hold
  UNION ALL SELECT 'movement', id, sku_id, store_id, location_id FROM stock_movement
) child LEFT JOIN location parent ON parent.id = child.location_id
WHERE parent.store_id IS DISTINCT FROM child.store_id
"""
_EXPIRED = """
SELECT owner, sku_id, location_id, expires_at FROM stock_hold
WHERE quantity > committed + released AND expires_at < $1::timestamptz - interval '15 minutes'
"""
_INACTIVE = """
SELECT l.sku_id, l.location_id, l.on_hand, l.held
FROM stock_level l JOIN location p ON p.id = l.location_id
WHERE NOT p.active AND (l.on_hand > 0 OR l.held > 0)
"""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant("each stock level is the sum of its movements", _SUMS),
    Invariant("held units are the open units of holds", _HELD),
    Invariant("the counts of a hold are the sums of its movements", _COMMITTED),
    Invariant("no stock is negative, and what is held is on hand", _COVERED),
    Invariant("stock lies at a location of its own store", _STORES),
    Invariant("no hold is open 15 minutes after its expiry", _EXPIRED),
    Invariant("no stock lies at a location that is out of use", _INACTIVE),
)
