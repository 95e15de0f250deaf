"""Dead letters: deliveries of the outbox that failed too often and wait for a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..mall import Mall
from ..storage import db


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A delivery and what became of it: `parked`, or, after a retry, `pending` or `done`."""

    id: UUID
    recipient: str
    kind: str
    subject_id: UUID
    store_id: UUID | None
    state: str
    attempts: int
    error: str
    created_at: datetime


class Filter(Struct, frozen=True, kw_only=True):
    """What a list is narrowed to; `before` is the id of the last one seen (newest first)."""

    recipient: str | None = None
    before: UUID | None = None
    limit: int = 20


_SELECT = """
SELECT d.id, d.recipient, e.kind, d.subject_id, d.store_id, d.state, d.attempts, d.error, e.created_at
FROM outbox_delivery d JOIN outbox_event e ON e.id = d.event_id
"""
_PARKED = """
WHERE d.state = 'parked' AND ($1::text IS NULL OR d.recipient = $1) AND ($2::uuid IS NULL OR d.id < $2)
ORDER BY d.id DESC LIMIT $3
"""
_RETRY = "UPDATE outbox_delivery SET state = 'pending', attempts = 0, next_at = $1 WHERE state = 'parked' "


async def parked(wanted: Filter) -> list[DeadLetter]:
    """One more than `limit`, so that the caller sees whether there are others."""
    return await db.rows(DeadLetter, _SELECT + _PARKED, wanted.recipient, wanted.before, wanted.limit + 1)


async def delivery(delivery_id: UUID) -> DeadLetter | None:
    """A delivery in whatever state it is."""
    return await db.row(DeadLetter, _SELECT + "WHERE d.id = $1", delivery_id)


@db.atomic
async def retry(mall: Mall, delivery_id: UUID) -> bool:
    """parked -> pending, as if it had never been tried, and at once; False, and no change, when it is not parked.

    What waits behind it in its subject follows when it is done.
    """
    changed = await db.execute(_RETRY + "AND id = $2", mall.now(), delivery_id)
    return _woken(mall, changed) == 1


@db.atomic
async def retry_all(mall: Mall, recipient: str) -> int:
    """The same for every dead letter of one recipient; how many they are."""
    return _woken(mall, await db.execute(_RETRY + "AND recipient = $2", mall.now(), recipient))


def _woken(mall: Mall, changed: int) -> int:
    if changed:
        mall.outbox.wake_after_commit()
    return changed
