"""Refund rows: decided inside a transaction, carried out at the provider after it (`payouts.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..errors import Conflict, NotFound
from ..ids import new_id
from ..storage import db
from . import ledger, rules
from .ledger import Entry, Posting
from .rules import Part

LOCK = "SELECT currency, captured, refunded, applied_at FROM payment WHERE id = $1 FOR UPDATE"
RESERVE = """
UPDATE payment SET refunded = refunded + $2, updated_at = $3
WHERE id = $1 AND refunded + $2 <= captured RETURNING refunded
"""
RESERVE_CAPTURE = """
UPDATE payment_capture SET refunded = refunded + $2 WHERE id = $1 AND refunded + $2 <= amount RETURNING id
"""
_ROOMS = """
SELECT id AS capture_id, amount - refunded AS amount FROM payment_capture
WHERE payment_id = $1 AND refunded < amount ORDER BY id DESC
"""
_OWED_TO_STORE = """
SELECT COALESCE(-sum(amount), 0) FROM ledger_entry
WHERE payment_id = $1 AND order_id = $2 AND store_id = $3 AND account = 'store'
"""
_INSERT = """
INSERT INTO payment_refund (id, payment_id, capture_id, request_id, order_id, store_id, amount, currency, reason,
                            state, next_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $10, $10)
"""


class Locked(Struct, frozen=True):
    """A payment whose row is locked; every change of its money begins with that lock."""

    currency: str
    captured: int
    refunded: int
    applied_at: datetime | None


class Decision(Struct, frozen=True, kw_only=True):
    """A refund to be written: from which account the money comes, and the asker's key."""

    payment_id: UUID
    request_id: UUID
    reason: str
    store_id: UUID | None = None
    order_id: UUID | None = None

    @property
    def account(self) -> str:
        return ledger.CLEARING if self.store_id is None else ledger.STORE


@db.atomic
async def refund(
    *, payment_id: UUID, request_id: UUID, order_id: UUID, store_id: UUID, amount: int, reason: str, now: datetime
) -> None:
    """Give back a part of what was paid for an order, inside the refunding transaction; newest captures first.

    Asking again with the same `request_id` changes nothing. Raises Conflict: `refund_exceeds_paid` (more than
    the order still has of this payment, or than was captured), `payment_not_applied`,
    `refund_request_reused` (the key was used for another amount or order).
    """
    if amount <= 0:
        raise ValueError("a refund is above zero")
    locked = await _lock(payment_id)
    if await _asked_before(request_id, order_id, amount):
        return
    await _require_owed(locked, payment_id, order_id, store_id, amount)
    decision = Decision(
        payment_id=payment_id, request_id=request_id, reason=reason, store_id=store_id, order_id=order_id
    )
    await _give_back(decision, amount, locked.currency, now)


async def give_back_all(payment_id: UUID, *, reason: str, now: datetime) -> None:
    """Give back all captured money of a payment that was never applied; its own id is the asker's key."""
    locked = await _lock(payment_id)
    decision = Decision(payment_id=payment_id, request_id=payment_id, reason=reason)
    if locked.captured > locked.refunded:
        await _give_back(decision, locked.captured - locked.refunded, locked.currency, now)


async def give_back_capture(decision: Decision, part: Part, currency: str, *, now: datetime) -> None:
    """Give back a part of one capture that no order can use."""
    await _reserve(decision.payment_id, part.amount, now)
    await _write(decision, [part], currency, now)


async def _lock(payment_id: UUID) -> Locked:
    locked = await db.row(Locked, LOCK, payment_id)
    if locked is None:
        raise NotFound("There is no such payment.", code="payment_not_found")
    return locked


async def _asked_before(request_id: UUID, order_id: UUID, amount: int) -> bool:
    found = await db.fetch(
        "SELECT order_id, sum(amount) AS amount FROM payment_refund WHERE request_id = $1 GROUP BY order_id", request_id
    )
    if found and [(row["order_id"], int(row["amount"])) for row in found] != [(order_id, amount)]:
        raise Conflict("This refund request was made for another order or amount.", code="refund_request_reused")
    return bool(found)


async def _require_owed(locked: Locked, payment_id: UUID, order_id: UUID, store_id: UUID, amount: int) -> None:
    if locked.applied_at is None:
        raise Conflict("This payment has not been applied to its orders.", code="payment_not_applied")
    owed = int(await db.fetch_value(_OWED_TO_STORE, payment_id, order_id, store_id))
    if amount > owed:
        raise Conflict("This is more than was paid for the order.", code="refund_exceeds_paid", available=owed)


async def _give_back(decision: Decision, amount: int, currency: str, now: datetime) -> None:
    await _reserve(decision.payment_id, amount, now)
    rooms = await db.rows(Part, _ROOMS, decision.payment_id)
    await _write(decision, rules.split(amount, rooms), currency, now)


async def _reserve(payment_id: UUID, amount: int, now: datetime) -> None:
    if await db.fetch_value(RESERVE, payment_id, amount, now) is None:
        raise Conflict("This is more than was captured.", code="refund_exceeds_paid")


async def _write(decision: Decision, parts: Sequence[Part], currency: str, now: datetime) -> None:
    for part in parts:
        if await db.fetch_value(RESERVE_CAPTURE, part.capture_id, part.amount) is None:
            raise Conflict("This is more than was captured.", code="refund_exceeds_paid")
        refund_id = new_id()
        await db.execute(
            _INSERT,
            refund_id, decision.payment_id, part.capture_id, decision.request_id, decision.order_id,
            decision.store_id, part.amount, currency, decision.reason[:120], now,
        )  # fmt: skip
        await ledger.post(_posting(decision, refund_id, part.amount, currency), now=now)


def _posting(decision: Decision, refund_id: UUID, amount: int, currency: str) -> Posting:
    source = Entry(decision.account, amount, decision.store_id, decision.order_id)
    return Posting(
        kind="refund",
        source_id=refund_id,
        payment_id=decision.payment_id,
        currency=currency,
        entries=[source, Entry(ledger.REFUND_PAYABLE, -amount)],
    )
