"""What must hold for this domain's rows at any time."""

from __future__ import annotations

from ..storage.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = ()
