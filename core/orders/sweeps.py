"""What this domain does again and again."""

from __future__ import annotations

from ..storage.sweeps import Sweep

SWEEPS: tuple[Sweep, ...] = ()
