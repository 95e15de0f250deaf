"""What must hold for this domain's rows at any time."""

from __future__ import annotations

from ..storage.invariants import Invariant

_LAST = """
SELECT s.store_id, s.plugin, s.revision FROM plugin_state s
WHERE NOT EXISTS (
  SELECT FROM plugin_state_change c
  WHERE c.store_id IS NOT DISTINCT FROM s.store_id AND c.plugin = s.plugin AND c.revision = s.revision
    AND c.state = s.state AND c.settings = s.settings)
OR EXISTS (
  SELECT FROM plugin_state_change c
  WHERE c.store_id IS NOT DISTINCT FROM s.store_id AND c.plugin = s.plugin AND c.revision > s.revision)
"""
_COUNTED = """
SELECT c.id, c.revision FROM plugin_state_change c
WHERE c.revision > (SELECT revision FROM plugin_revision WHERE id = 1)
"""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant("every plugin's state is the last one of its history", _LAST),
    Invariant("no change of a plugin is newer than the count of changes", _COUNTED),
)
