"""Forgetting what is of no use any more: ended sessions, and failures that time has forgiven."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..storage import db

SESSIONS_KEPT = timedelta(days=30)
"""How long an ended session stays, for whoever looks into a theft."""

THROTTLE_KEPT = timedelta(days=1)
BATCH = 5000

_SESSIONS = """
DELETE FROM session WHERE id IN (
  SELECT id FROM session WHERE refresh_expires_at < $1 OR revoked_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
_THROTTLE = """
DELETE FROM sign_in_throttle WHERE id IN (
  SELECT id FROM sign_in_throttle WHERE updated_at < $1 AND (blocked_until IS NULL OR blocked_until < $1)
  LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


async def purge_sessions(now: datetime) -> int:
    """Delete sessions that ended more than SESSIONS_KEPT ago; return how many."""
    return await _in_batches(_SESSIONS, now - SESSIONS_KEPT)


async def purge_throttle(now: datetime) -> int:
    """Delete counts that nothing was added to for THROTTLE_KEPT; return how many."""
    return await _in_batches(_THROTTLE, now - THROTTLE_KEPT)


async def _in_batches(statement: str, before: datetime) -> int:
    total = 0
    while True:
        count = await db.execute(statement, before, BATCH)
        total += count
        if count < BATCH:
            return total
