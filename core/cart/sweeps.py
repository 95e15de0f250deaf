"""What this domain does again and again."""

from __future__ import annotations

from datetime import timedelta

from ..mall import Mall
from ..storage import db
from ..storage.sweeps import Sweep

ABANDONED = timedelta(days=30)
"""How long an anonymous cart is kept that nobody changes."""

_BATCH = 1000
_PURGE = """
DELETE FROM cart WHERE id IN
  (SELECT id FROM cart WHERE account_id IS NULL AND updated_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


async def purge(mall: Mall) -> int:
    """Delete anonymous carts that nobody changed for 30 days, a thousand at a time; return how many."""
    gone, last = 0, _BATCH
    while last == _BATCH:
        last = await db.execute(_PURGE, mall.now() - ABANDONED, _BATCH)
        gone += last
    return gone


SWEEPS: tuple[Sweep, ...] = (Sweep("abandoned_carts", 3600, purge),)
