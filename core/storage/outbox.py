"""Facts, written with the change they tell of and delivered to each recipient after commit.

A recipient gets the events of one subject in order. A failing one is retried with growing pauses and then
parked: a dead letter holds back only later events of the same subject for the same recipient.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from msgspec import Struct

from ..ids import new_id
from . import db

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 12
LONGEST_PAUSE = timedelta(hours=1)


class Event(Struct, frozen=True, kw_only=True):
    """What a recipient is given. It may arrive again after a crash, so handlers are idempotent."""

    id: UUID
    kind: str
    subject_id: UUID
    store_id: UUID | None
    payload: Mapping[str, Any]
    created_at: datetime


Handler = Callable[[Event], Awaitable[None]]


class Delivery(Struct, frozen=True, kw_only=True):
    delivery_id: UUID
    recipient: str
    attempts: int
    id: UUID
    kind: str
    subject_id: UUID
    store_id: UUID | None
    payload: Mapping[str, Any]
    created_at: datetime

    @property
    def event(self) -> Event:
        return Event(
            id=self.id,
            kind=self.kind,
            subject_id=self.subject_id,
            store_id=self.store_id,
            payload=self.payload,
            created_at=self.created_at,
        )


_INSERT_EVENT = """
INSERT INTO outbox_event (id, store_id, kind, subject_id, payload, created_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_INSERT_DELIVERIES = """
INSERT INTO outbox_delivery (id, event_id, store_id, recipient, subject_id, state, attempts, next_at, error)
SELECT r.id, $1, $2, r.recipient, $3, 'pending', 0, $4, '' FROM unnest($5::uuid[], $6::text[]) AS r (id, recipient)
"""
_TAKE = """
SELECT d.id AS delivery_id, d.recipient, d.attempts, e.id, e.kind, e.subject_id, e.store_id, e.payload, e.created_at
FROM outbox_delivery d JOIN outbox_event e ON e.id = d.event_id
WHERE d.state = 'pending' AND d.next_at <= $1 AND d.recipient = ANY ($2::text[])
  AND NOT EXISTS (
    SELECT FROM outbox_delivery earlier
    WHERE earlier.subject_id = d.subject_id AND earlier.recipient = d.recipient
      AND earlier.state <> 'done' AND earlier.event_id < d.event_id)
ORDER BY d.next_at, d.event_id LIMIT 1
FOR UPDATE OF d SKIP LOCKED
"""
_DONE = "UPDATE outbox_delivery SET state = 'done', attempts = attempts + 1, error = '' WHERE id = $1"
_FAILED = "UPDATE outbox_delivery SET state = $2, attempts = attempts + 1, next_at = $3, error = $4 WHERE id = $1"


class Outbox:
    """Who wants which facts, and the delivery of them. Built at start; recipients are named for good,
    since their names are in rows."""

    def __init__(self) -> None:
        self._handlers: dict[str, dict[str, Handler]] = {}
        self._wake: Callable[[], Awaitable[None]] | None = None

    def subscribe(self, recipient: str, kind: str, handler: Handler) -> None:
        self._handlers.setdefault(recipient, {})[kind] = handler

    def on_publish(self, wake: Callable[[], Awaitable[None]]) -> None:
        """Have `wake` called after each commit that published something."""
        self._wake = wake

    async def publish(
        self,
        kind: str,
        subject_id: UUID,
        payload: Mapping[str, Any],
        *,
        now: datetime,
        store_id: UUID | None = None,
    ) -> None:
        """Record a fact inside the open transaction, with one delivery per recipient of its kind."""
        recipients = sorted(name for name, kinds in self._handlers.items() if kind in kinds)
        event_id = new_id()
        await db.execute(_INSERT_EVENT, event_id, store_id, kind, subject_id, dict(payload), now)
        if not recipients:
            return
        ids = [new_id() for _ in recipients]
        await db.execute(_INSERT_DELIVERIES, event_id, store_id, subject_id, now, ids, recipients)
        if self._wake is not None:
            db.after_commit(self._wake)

    async def deliver(self, now: datetime, limit: int = 1000) -> int:
        """Deliver what is due; return how many deliveries were tried."""
        for count in range(limit):
            if not await self._deliver_next(now):
                return count
        return limit

    @db.atomic
    async def _deliver_next(self, now: datetime) -> bool:
        found = await db.row(Delivery, _TAKE, now, list(self._handlers))
        if found is None:
            return False
        try:
            async with db.savepoint():
                await self._handlers[found.recipient][found.kind](found.event)
        except db.RETRIED:
            raise
        except Exception as error:  # a recipient may raise anything; the fact stands
            await self._failed(found, error, now)
        else:
            await db.execute(_DONE, found.delivery_id)
        return True

    async def _failed(self, found: Delivery, error: Exception, now: datetime) -> None:
        parked = found.attempts + 1 >= MAX_ATTEMPTS
        pause = min(timedelta(seconds=2**found.attempts), LONGEST_PAUSE)
        log.error("delivery_failed", recipient=found.recipient, kind=found.kind, parked=parked, exc_info=error)
        state = "parked" if parked else "pending"
        await db.execute(_FAILED, found.delivery_id, state, now + pause, f"{type(error).__name__}: {error}"[:2000])
