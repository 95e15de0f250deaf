"""What providers say of refunds, recorded: by the sweep that called them, or by a notification."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from msgspec import Struct

from ..mall import Mall
from ..providers import RefundState, RefundStatus
from ..storage import db
from . import ledger
from .captures import NotificationMismatch
from .ledger import Entry, Posting

log = structlog.get_logger(__name__)


class Known(Struct, frozen=True):
    """This mall's own row of a refund."""

    id: UUID
    payment_id: UUID
    request_id: UUID
    order_id: UUID | None
    store_id: UUID | None
    amount: int
    currency: str
    provider: str


_KNOWN = """
SELECT r.id, r.payment_id, r.request_id, r.order_id, r.store_id, r.amount, r.currency, c.provider
FROM payment_refund r JOIN payment_capture c ON c.id = r.capture_id WHERE r.id = $1
"""
_LOCK = "SELECT 1 FROM payment WHERE id = $1 FOR UPDATE"
_SUCCEED = """
UPDATE payment_refund SET state = 'succeeded', next_at = NULL, error = '', provider_reference = $2, updated_at = $3
WHERE id = $1 AND state <> 'succeeded' RETURNING id
"""
_FAIL = """
UPDATE payment_refund SET state = 'failed', next_at = NULL, error = $2, updated_at = $3
WHERE id = $1 AND state IN ('pending', 'sent') RETURNING id
"""
_REQUEST = """
SELECT sum(amount)::bigint FROM payment_refund WHERE request_id = $1 HAVING bool_and(state = 'succeeded')
"""


@db.atomic
async def record_refund(mall: Mall, provider: str, status: RefundStatus) -> bool:
    """Record a refund's outcome; False when there is nothing new. Raises NotificationMismatch.

    Publishes `payment.refunded` when the last refund of its request has succeeded, `payment.refund_failed`
    for each one that the provider refused. That money went back is a fact, even after a refusal.
    """
    known = await _known(provider, status)
    await db.execute(_LOCK, known.payment_id)
    if status.state is RefundState.SUCCEEDED:
        return await _succeeded(mall, known, status.provider_reference)
    if status.state is RefundState.FAILED:
        return await _failed(mall, known, status.detail)
    return False


async def _known(provider: str, status: RefundStatus) -> Known:
    known = await db.row(Known, _KNOWN, status.refund_id)
    if known is None or known.provider != provider or not _agrees(known, status):
        log.error("refund_mismatch", refund_id=str(status.refund_id), provider=provider)
        raise NotificationMismatch("This is not about a refund of this mall as it was asked for.")
    return known


def _agrees(known: Known, status: RefundStatus) -> bool:
    return status.amount in (None, known.amount) and status.currency in (None, known.currency)


async def _succeeded(mall: Mall, known: Known, reference: str) -> bool:
    now = mall.now()
    if await db.fetch_value(_SUCCEED, known.id, reference[:120], now) is None:
        return False
    await ledger.post(_posting(known), now=now)
    amount = await _carried_out(known.request_id)
    if amount is not None:
        await _tell(mall, "payment.refunded", known, {"amount": amount}, now)
    return True


async def _carried_out(request_id: UUID) -> int | None:
    """The amount of a request whose refunds have all succeeded; else None."""
    amount: int | None = await db.fetch_value(_REQUEST, request_id)
    return amount


async def _failed(mall: Mall, known: Known, error: str) -> bool:
    now = mall.now()
    if await db.fetch_value(_FAIL, known.id, error[:2000], now) is None:
        return False
    log.error("refund_failed", refund_id=str(known.id), payment_id=str(known.payment_id), error=error)
    payload = {"refund_id": known.id, "amount": known.amount, "error": error[:2000]}
    await _tell(mall, "payment.refund_failed", known, payload, now)
    return True


async def _tell(mall: Mall, kind: str, known: Known, more: dict[str, Any], now: datetime) -> None:
    payload = {"request_id": known.request_id, "order_id": known.order_id, "payment_id": known.payment_id, **more}
    await mall.outbox.publish(kind, known.payment_id, payload, now=now, store_id=known.store_id)


def _posting(known: Known) -> Posting:
    return Posting(
        kind="refund_paid",
        source_id=known.id,
        payment_id=known.payment_id,
        currency=known.currency,
        entries=[Entry(ledger.REFUND_PAYABLE, known.amount), Entry(ledger.provider(known.provider), -known.amount)],
    )
