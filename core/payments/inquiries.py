"""Asking providers what became of attempts, and closing those that nobody may pay any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from msgspec import Struct

from ..mall import Mall
from ..providers import AttemptState, AttemptStatus, CaptureFact
from ..storage import db
from . import calls, rules
from .captures import NotificationMismatch, record_capture

log = structlog.get_logger(__name__)

EXPIRY_GRACE = timedelta(minutes=1)
"""How long after its expiry a payment may still be on its way."""

REFRESH_PAUSE = timedelta(seconds=2)
"""How often at most a shopper can have one attempt asked for."""


class Asked(Struct, frozen=True):
    """An attempt that is to be asked for, or closed; `expires_at` is its payment's."""

    id: UUID
    provider: str
    state: str
    tries: int
    expires_at: datetime


_CLAIM = """
UPDATE payment_attempt a SET next_at = $2, tries = a.tries + 1
FROM (SELECT id FROM payment_attempt WHERE next_at <= $1 ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED) due,
     payment p
WHERE a.id = due.id AND p.id = a.payment_id
RETURNING a.id, a.provider, a.state, a.tries, p.expires_at
"""
_REFRESH = """
UPDATE payment_attempt a SET asked_at = $2 FROM payment p
WHERE a.payment_id = $1 AND p.id = a.payment_id AND a.state = ANY ($4::text[])
  AND (a.asked_at IS NULL OR a.asked_at <= $3)
RETURNING a.id, a.provider, a.state, a.tries, p.expires_at
"""
_MOVE = """
UPDATE payment_attempt SET state = $3, next_at = $4, updated_at = $5
WHERE id = $1 AND state = $2 RETURNING id
"""
_POSTPONE = "UPDATE payment_attempt SET next_at = $3, error = $4, updated_at = $5 WHERE id = $1 AND state = $2"


async def sweep(mall: Mall) -> int:
    """Ask for what is due, at growing intervals; return how many attempts that were."""

    async def claim(limit: int) -> Sequence[Asked]:
        now = mall.now()
        return await db.rows(Asked, _CLAIM, now, now + calls.LEASE, limit)

    async def carry_out(asked: Asked) -> None:
        await ask(mall, asked)

    return await calls.work_off(claim, carry_out)


async def refresh(mall: Mall, payment_id: UUID) -> None:
    """Ask now for every attempt that may have been paid, unless that was done a moment ago."""
    now, live = mall.now(), [*rules.LIVE_ATTEMPTS, "closing"]
    for asked in await db.rows(Asked, _REFRESH, payment_id, now, now - REFRESH_PAUSE, live):
        await ask(mall, asked)


async def ask(mall: Mall, asked: Asked) -> None:
    """Query one attempt, or close it at the provider, and record what it says. Nothing that it raises gets out."""
    provider = mall.plugins.providers.get(asked.provider)
    if provider is None:
        await _postpone(mall, asked, "the provider is not installed")
        return
    call = provider.close if asked.state == "closing" else provider.query
    try:
        status = await calls.answer_of(lambda: call(asked.id))
    except Exception as error:  # the line is broken, or the provider does not like to be asked: again later
        log.warning("inquiry_failed", attempt_id=str(asked.id), exc_info=error)
        await _postpone(mall, asked, f"{type(error).__name__}: {error}")
    else:
        await _settle(mall, asked, status)


async def _settle(mall: Mall, asked: Asked, status: AttemptStatus) -> None:
    if status.state is AttemptState.SUCCEEDED:
        await _captured(mall, asked, status.capture)
    elif status.state in (AttemptState.FAILED, AttemptState.CLOSED):
        await _move(mall, asked, status.state.value)
    elif mall.now() < asked.expires_at + EXPIRY_GRACE:
        await _postpone(mall, asked, "")
    elif status.state is AttemptState.NOT_FOUND:
        await _move(mall, asked, "closed")
    elif asked.state == "closing":
        await _postpone(mall, asked, "the provider does not close it")
    else:
        await _move(mall, asked, "closing", mall.now())


async def _captured(mall: Mall, asked: Asked, capture: CaptureFact | None) -> None:
    try:
        if capture is None or capture.attempt_id != asked.id:
            raise NotificationMismatch("The provider's answer is about another attempt.")
        await record_capture(mall, asked.provider, capture)
    except NotificationMismatch as error:
        await _postpone(mall, asked, error.detail)


async def _move(mall: Mall, asked: Asked, state: str, next_at: datetime | None = None) -> None:
    await db.execute(_MOVE, asked.id, asked.state, state, next_at, mall.now())


async def _postpone(mall: Mall, asked: Asked, error: str) -> None:
    now = mall.now()
    await db.execute(_POSTPONE, asked.id, asked.state, now + rules.pause(asked.tries), error[:2000], now)
