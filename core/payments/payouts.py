"""Carrying refunds out at providers, after the transaction that decided them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from msgspec import Struct

from ..errors import Conflict
from ..mall import Mall
from ..providers import PaymentProvider, ProviderError, RefundRequest, RefundState, RefundStatus
from ..storage import db
from . import calls, rules
from .payout_records import record_refund

log = structlog.get_logger(__name__)


class Payout(Struct, frozen=True):
    """A refund that is due: `was` is its state before it was taken, `captured` the amount of its capture."""

    id: UUID
    was: str
    amount: int
    currency: str
    reason: str
    tries: int
    attempt_id: UUID
    provider: str
    provider_transaction: str
    captured: int


_CLAIM = """
UPDATE payment_refund r SET state = 'sent', next_at = $2, tries = r.tries + 1, updated_at = $1
FROM (SELECT id, state AS was FROM payment_refund WHERE next_at <= $1 ORDER BY next_at LIMIT $3
      FOR UPDATE SKIP LOCKED) due,
     payment_capture c
WHERE r.id = due.id AND c.id = r.capture_id
RETURNING r.id, due.was, r.amount, r.currency, r.reason, r.tries, c.attempt_id, c.provider, c.provider_transaction,
          c.amount AS captured
"""
_POSTPONE = "UPDATE payment_refund SET next_at = $2, error = $3, updated_at = $4 WHERE id = $1 AND state = 'sent'"
_RETRY = """
UPDATE payment_refund SET state = 'pending', tries = 0, next_at = $2, error = '', updated_at = $2
WHERE id = $1 AND state = 'failed' RETURNING id
"""


async def sweep(mall: Mall) -> int:
    """Carry out what is due; return how many refunds that were.

    A row is marked as sent, and that committed, before the provider is called: after a crash the provider
    is asked, and called again with the same id only if it does not know the refund.
    """

    async def claim(limit: int) -> Sequence[Payout]:
        now = mall.now()
        return await db.rows(Payout, _CLAIM, now, now + calls.LEASE, limit)

    async def carry_out(payout: Payout) -> None:
        await _carry_out(mall, payout)

    return await calls.work_off(claim, carry_out)


async def retry(mall: Mall, refund_id: UUID) -> None:
    """Have a refused refund tried again under the same id. Raises Conflict (`refund_not_failed`)."""
    if await db.fetch_value(_RETRY, refund_id, mall.now()) is None:
        raise Conflict("Only a refund that the provider refused can be tried again.", code="refund_not_failed")


async def _carry_out(mall: Mall, payout: Payout) -> None:
    provider = mall.plugins.providers.get(payout.provider)
    if provider is None:
        await _postpone(mall, payout, "the provider is not installed")
        return
    try:
        status = await _status(mall, provider, payout)
    except Exception as error:  # the provider may have done it, so it is asked later
        log.warning("refund_unknown", refund_id=str(payout.id), exc_info=error)
        await _postpone(mall, payout, f"{type(error).__name__}: {error}")
        return
    if status.state in (RefundState.SUCCEEDED, RefundState.FAILED):
        await record_refund(mall, payout.provider, status)
    else:
        await _postpone(mall, payout, "")


async def _status(mall: Mall, provider: PaymentProvider, payout: Payout) -> RefundStatus:
    if payout.was == "sent":
        known = await calls.answer_of(lambda: provider.query_refund(payout.id))
        if known.state is not RefundState.NOT_FOUND:
            return known
    try:
        return await calls.answer_of(lambda: provider.refund(_request(mall, payout)))
    except ProviderError as error:
        return RefundStatus(refund_id=payout.id, state=RefundState.FAILED, detail=str(error))


def _request(mall: Mall, payout: Payout) -> RefundRequest:
    return RefundRequest(
        refund_id=payout.id,
        attempt_id=payout.attempt_id,
        provider_transaction=payout.provider_transaction,
        amount=payout.amount,
        captured=payout.captured,
        currency=payout.currency,
        reason=payout.reason,
        notify_url=calls.notify_url(mall, payout.provider),
    )


async def _postpone(mall: Mall, payout: Payout, error: str) -> None:
    now: datetime = mall.now()
    await db.execute(_POSTPONE, payout.id, now + rules.pause(payout.tries), error[:2000], now)
