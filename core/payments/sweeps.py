"""What this domain does again and again."""

from __future__ import annotations

from ..storage.sweeps import Sweep
from . import inquiries, payouts

SWEEPS: tuple[Sweep, ...] = (
    Sweep("payment_attempts", 2, inquiries.sweep),
    Sweep("payment_refunds", 1, payouts.sweep),
)
