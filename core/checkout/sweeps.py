"""What checkouts have done to them again and again."""

from __future__ import annotations

from ..storage.sweeps import Sweep
from .cancelling import expire_due

SWEEPS: tuple[Sweep, ...] = (Sweep("checkout_expiry", 5, expire_due),)
