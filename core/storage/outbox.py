"""Facts, written with the change they tell of and delivered to each recipient after commit.

A recipient gets the events of one subject in order. A failing one is retried with growing pauses and then
parked: a dead letter holds back only later events of the same subject for the same recipient. Recipients take
turns, and so do first tries and retries of each, so what fails delays nobody else.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from msgspec import Struct

from ..ids import new_id
from . import bulk, db

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 12
LONGEST_PAUSE = timedelta(hours=1)


class Fact(Struct, frozen=True, kw_only=True):
    """What is to be published of one subject. `recipients` get it besides those that subscribed to its kind."""

    subject_id: UUID
    payload: Mapping[str, Any]
    store_id: UUID | None = None
    recipients: Sequence[str] = ()


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
    """A delivery that is due; `blocked` while an earlier one of its subject is not done."""

    delivery_id: UUID
    recipient: str
    attempts: int
    blocked: bool
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


class Lane(Struct, frozen=True):
    """One of the queues that take turns: a recipient's first tries, or its retries."""

    recipient: str
    retries: bool


_LANES = {False: "= 0", True: "> 0"}
_BLOCKED = """
EXISTS (
  SELECT FROM outbox_delivery earlier
  WHERE earlier.subject_id = d.subject_id AND earlier.recipient = d.recipient
    AND earlier.state <> 'done' AND earlier.event_id < d.event_id)
"""
_DUE = """
SELECT name AS recipient, {retries} AS retries FROM unnest($1::text[]) AS name
WHERE EXISTS (
  SELECT FROM outbox_delivery
  WHERE state = 'pending' AND recipient = name AND next_at <= $2 AND attempts {lane})
"""
_LANES_DUE = f"{' UNION ALL '.join(_DUE.format(retries=key, lane=lane) for key, lane in _LANES.items())} ORDER BY 2, 1"
_TAKE = f"""
SELECT d.id AS delivery_id, d.recipient, d.attempts, e.id, e.kind, e.subject_id, e.store_id, e.payload, e.created_at,
  {_BLOCKED} AS blocked
FROM outbox_delivery d JOIN outbox_event e ON e.id = d.event_id
WHERE d.state = 'pending' AND d.recipient = $1 AND d.next_at <= $2 AND d.attempts {{lane}}
ORDER BY d.next_at, d.event_id LIMIT 1
FOR UPDATE OF d SKIP LOCKED
"""  # noqa: S608  parts from this module
_HOLD_BACK = f"""
WITH due AS (
  SELECT id FROM outbox_delivery
  WHERE state = 'pending' AND recipient = $1 AND next_at <= $2 AND attempts {{lane}}
  ORDER BY next_at, event_id LIMIT 200 FOR UPDATE SKIP LOCKED)
UPDATE outbox_delivery d
SET next_at = $2 + LEAST(GREATEST($2 - e.created_at, interval '1 second'), interval '1 hour')
FROM due JOIN outbox_event e ON true WHERE d.id = due.id AND e.id = d.event_id AND {_BLOCKED}
"""  # noqa: S608  parts from this module
_DONE = """
WITH done AS (UPDATE outbox_delivery SET state = 'done', attempts = attempts + $5, error = '' WHERE id = $1)
UPDATE outbox_delivery SET next_at = $4
WHERE subject_id = $2 AND recipient = $3 AND state = 'pending' AND next_at > $4 AND id <> $1
"""
_FAILED = "UPDATE outbox_delivery SET state = $2, attempts = attempts + 1, next_at = $3, error = $4 WHERE id = $1"


class Outbox:
    """Who wants which facts, and the delivery of them. Built at start; recipients are named for good,
    since their names are in rows."""

    def __init__(self) -> None:
        self._handlers: dict[str, dict[str, Handler]] = {}
        self._addressed: set[str] = set()
        self._wake: Callable[[], Awaitable[None]] | None = None

    def introduce(self, recipient: str) -> None:
        """Make a recipient known here: what it has no handler for counts as delivered.

        Deliveries to a name that is not known in this process wait untouched, for one that knows it.
        """
        self._handlers.setdefault(recipient, {})

    def subscribe(self, recipient: str, kind: str, handler: Handler, *, addressed: bool = False) -> None:
        """Have facts of this kind given to `handler`; with `addressed` only those that name the recipient."""
        self.introduce(recipient)
        if addressed:
            self._addressed.add(recipient)
        self._handlers[recipient][kind] = handler

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
        recipients: Sequence[str] = (),
    ) -> None:
        """Record a fact inside the open transaction, with one delivery per recipient of its kind."""
        fact = Fact(subject_id=subject_id, payload=payload, store_id=store_id, recipients=recipients)
        await self.publish_many(kind, [fact], now=now)

    async def publish_many(self, kind: str, facts: Sequence[Fact], *, now: datetime) -> None:
        """Record facts inside the open transaction, by two statements whatever their number.

        The facts of one subject reach each recipient in the order given.
        """
        subscribed = {name for name, kinds in self._handlers.items() if kind in kinds} - self._addressed
        events = [(new_id(), fact) for fact in facts]
        deliveries = [
            _delivery_row(event_id, fact, name, now)
            for event_id, fact in events
            for name in sorted(subscribed.union(fact.recipients))
        ]
        await bulk.insert("outbox_event", [_event_row(event_id, kind, fact, now) for event_id, fact in events])
        await bulk.insert("outbox_delivery", deliveries)
        if deliveries:
            self.wake_after_commit()

    def wake_after_commit(self) -> None:
        """Have deliveries begin when the open transaction has committed."""
        if self._wake is not None:
            db.after_commit(self._wake)

    async def deliver(self, now: datetime, limit: int = 1000) -> int:
        """Deliver what is due; return how many deliveries were tried."""
        count = 0
        while tried := await self._round(now, limit - count):
            count += tried
        return count

    async def _round(self, now: datetime, limit: int) -> int:
        """Let the lanes that have something due take turns until none has any more."""
        lanes, count = deque(await db.rows(Lane, _LANES_DUE, list(self._handlers), now)), 0
        while lanes and count < limit:
            lane = lanes.popleft()
            if await self._turn(lane, now):
                lanes.append(lane)
                count += 1
        return count

    async def _turn(self, lane: Lane, now: datetime) -> bool:
        """One delivery. What stands in its way, waiting for an earlier one of its subject, is due again later:
        when that one is done, at the latest after as long as it has waited already, up to an hour."""
        while (found := await self._deliver_next(lane, now)) is not None and found.blocked:
            await db.execute(_HOLD_BACK.format(lane=_LANES[lane.retries]), lane.recipient, now)
        return found is not None

    @db.atomic
    async def _deliver_next(self, lane: Lane, now: datetime) -> Delivery | None:
        found = await db.row(Delivery, _TAKE.format(lane=_LANES[lane.retries]), lane.recipient, now)
        if found is None or found.blocked:
            return found
        handler = self._handlers[found.recipient].get(found.kind)
        if handler is None:
            await _done(found, now, attempts=0)
            return found
        try:
            async with db.savepoint():
                await handler(found.event)
        except db.RETRIED:
            raise
        except Exception as error:  # a recipient may raise anything; the fact stands
            await _failed(found, error, now)
        else:
            await _done(found, now, attempts=1)
        return found


def _event_row(event_id: UUID, kind: str, fact: Fact, now: datetime) -> dict[str, Any]:
    return {
        "id": event_id,
        "store_id": fact.store_id,
        "kind": kind,
        "subject_id": fact.subject_id,
        "payload": fact.payload,
        "created_at": now,
    }


def _delivery_row(event_id: UUID, fact: Fact, recipient: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "event_id": event_id,
        "store_id": fact.store_id,
        "recipient": recipient,
        "subject_id": fact.subject_id,
        "state": "pending",
        "attempts": 0,
        "next_at": now,
        "error": "",
    }


async def _done(found: Delivery, now: datetime, *, attempts: int) -> None:
    """Its successors that were held back are due at once."""
    await db.execute(_DONE, found.delivery_id, found.subject_id, found.recipient, now, attempts)


async def _failed(found: Delivery, error: Exception, now: datetime) -> None:
    parked = found.attempts + 1 >= MAX_ATTEMPTS
    pause = min(timedelta(seconds=2**found.attempts), LONGEST_PAUSE)
    log.error("delivery_failed", recipient=found.recipient, kind=found.kind, parked=parked, exc_info=error)
    state = "parked" if parked else "pending"
    await db.execute(_FAILED, found.delivery_id, state, now + pause, _reason(error))


def _reason(error: Exception) -> str:
    """What went wrong in text that the database takes, whatever the error says of itself."""
    text = "".join(traceback.format_exception_only(error)).strip()
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:2000]
