"""What orders have done to them again and again."""

from __future__ import annotations

from ..storage.sweeps import Sweep
from .fulfilment import receive_overdue

SWEEPS: tuple[Sweep, ...] = (Sweep("orders_receive_overdue", 600, receive_overdue),)
