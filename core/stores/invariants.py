"""What must hold for this domain's rows at any time."""

from __future__ import annotations

from ..storage.invariants import Invariant

_OWNERS = """
SELECT s.id, s.slug FROM store s
WHERE NOT EXISTS (SELECT FROM store_member m WHERE m.store_id = s.id AND m.role = 'owner' AND m.revoked_at IS NULL)
"""
_DEFAULT = """
SELECT s.id, s.slug, s.default_location_id FROM store s
LEFT JOIN location l ON l.id = s.default_location_id AND l.store_id = s.id AND l.active AND l.kind = 'warehouse'
WHERE l.id IS NULL
"""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant("every store has an owner", _OWNERS),
    Invariant("every store sends from a warehouse of its own that is in use", _DEFAULT),
)
