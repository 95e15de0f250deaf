"""A capture is a fact: money that a provider has taken is recorded whatever else is the case, once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from msgspec import Struct

from ..errors import Problem
from ..ids import new_id
from ..mall import Mall
from ..providers import CaptureFact
from ..storage import db
from . import ledger, opening, refunds, rules
from .ledger import Entry, Posting
from .refunds import Decision
from .rules import Outcome, Part

log = structlog.get_logger(__name__)


class NotificationMismatch(Problem):
    """What a provider says does not agree with what this mall has asked of it. Nothing is recorded."""

    status = 400
    code = "notification_mismatch"
    title = "This is not about a payment of this mall as it was asked for"


class Known(Struct, frozen=True):
    """The attempt that a capture is said to be for."""

    payment_id: UUID
    provider: str
    merchant: str
    app: str
    currency: str


class Locked(Struct, frozen=True):
    checkout_id: UUID
    amount: int
    captured: int
    state: str


_KNOWN = "SELECT payment_id, provider, merchant, app, currency FROM payment_attempt WHERE id = $1"
_LOCK = "SELECT checkout_id, amount, captured, state FROM payment WHERE id = $1 FOR UPDATE"
_INSERT = """
INSERT INTO payment_capture (id, payment_id, attempt_id, provider, provider_transaction, amount, currency, refunded,
                             captured_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9) ON CONFLICT (provider, provider_transaction) DO NOTHING RETURNING id
"""
_SAME = """
SELECT true FROM payment_capture
WHERE provider = $1 AND provider_transaction = $2 AND attempt_id = $3 AND amount = $4 AND currency = $5
"""
_COUNT = """
UPDATE payment SET captured = captured + $2, state = $3, updated_at = $6
WHERE id = $1 AND state = $4 AND captured = $5 RETURNING id
"""
_SETTLE_ATTEMPT = """
UPDATE payment_attempt SET state = 'succeeded', next_at = NULL, error = '', updated_at = $2
WHERE id = $1 AND state <> 'succeeded'
"""


@db.atomic
async def record_capture(mall: Mall, provider: str, fact: CaptureFact) -> bool:
    """Record a verified capture; False when it was recorded before, which changes nothing.

    Publishes `payment.paid` when nothing is due any more. Raises NotificationMismatch when the attempt, its
    provider, merchant, app or currency, the amount, or an earlier record of the transaction does not agree.
    """
    known = await _known(provider, fact)
    payment = await db.row(Locked, _LOCK, known.payment_id)
    if payment is None:
        raise NotificationMismatch
    now, capture_id = mall.now(), new_id()
    inserted = await db.fetch_value(
        _INSERT,
        capture_id, known.payment_id, fact.attempt_id, provider, fact.provider_transaction, fact.amount,
        fact.currency, fact.captured_at, now,
    )  # fmt: skip
    if inserted is None:
        await _require_same(provider, fact)
        return False
    outcome = rules.after_capture(payment.state, payment.amount, payment.captured, fact.amount)
    await _count(known.payment_id, payment, fact.amount, outcome, now)
    await db.execute(_SETTLE_ATTEMPT, fact.attempt_id, now)
    await ledger.post(_posting(capture_id, known.payment_id, provider, fact), now=now)
    await _give_back(capture_id, known.payment_id, outcome, fact.currency, now)
    if outcome.state == "paid" and payment.state != "paid":
        await opening.close_attempts(known.payment_id, now=now)
        await _tell(mall, known.payment_id, payment.checkout_id, now)
    log.info("captured", payment_id=str(known.payment_id), state=outcome.state, excess=outcome.excess)
    return True


async def _known(provider: str, fact: CaptureFact) -> Known:
    """The fact held against this mall's own row."""
    known = await db.row(Known, _KNOWN, fact.attempt_id)
    said = (provider, fact.merchant, fact.app, fact.currency)
    ours = known and (known.provider, known.merchant, known.app, known.currency)
    if known is None or said != ours or not 0 < fact.amount <= rules.LARGEST:
        log.error("capture_mismatch", attempt_id=str(fact.attempt_id), said=said, ours=ours, amount=fact.amount)
        raise NotificationMismatch
    return known


async def _require_same(provider: str, fact: CaptureFact) -> None:
    arguments = (provider, fact.provider_transaction, fact.attempt_id, fact.amount, fact.currency)
    if not await db.fetch_value(_SAME, *arguments):
        log.error("transaction_reused", provider=provider, transaction=fact.provider_transaction)
        raise NotificationMismatch("This transaction was recorded for another attempt or amount.")


async def _count(payment_id: UUID, payment: Locked, amount: int, outcome: Outcome, now: datetime) -> None:
    done = await db.fetch_value(_COUNT, payment_id, amount, outcome.state, payment.state, payment.captured, now)
    if done is None:
        raise AssertionError("a locked payment has changed")


async def _give_back(capture_id: UUID, payment_id: UUID, outcome: Outcome, currency: str, now: datetime) -> None:
    if outcome.excess:
        decision = Decision(payment_id=payment_id, request_id=capture_id, reason=outcome.reason)
        await refunds.give_back_capture(decision, Part(capture_id, outcome.excess), currency, now=now)


async def _tell(mall: Mall, payment_id: UUID, checkout_id: UUID, now: datetime) -> None:
    payload = {"payment_id": payment_id, "checkout_id": checkout_id}
    await mall.outbox.publish("payment.paid", payment_id, payload, now=now)


def _posting(capture_id: UUID, payment_id: UUID, provider: str, fact: CaptureFact) -> Posting:
    entries = [Entry(ledger.provider(provider), fact.amount), Entry(ledger.CLEARING, -fact.amount)]
    return Posting(kind="capture", source_id=capture_id, payment_id=payment_id, currency=fact.currency, entries=entries)
