"""A payment begins with a placed checkout and ends, unless it is paid, when that checkout is given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..errors import NotFound
from ..ids import new_id
from ..storage import db
from . import refunds, rules


class OpenPayment(Struct, frozen=True, kw_only=True):
    """What is due for one checkout; the caller chooses `id`. `amount` is minor units, above zero."""

    id: UUID
    checkout_id: UUID
    account_id: UUID
    currency: str
    amount: int
    expires_at: datetime


_OPEN = """
INSERT INTO payment (id, checkout_id, account_id, currency, amount, captured, refunded, state, expires_at,
                     created_at, updated_at)
SELECT p.id, p.checkout_id, p.account_id, p.currency, p.amount, 0, 0, 'open', p.expires_at, $7, $7
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::timestamptz[])
  AS p (id, checkout_id, account_id, currency, amount, expires_at)
"""
_CLOSE = """
UPDATE payment SET state = 'closed', updated_at = $2
WHERE id = $1 AND state IN ('open', 'partially_paid') RETURNING captured
"""
_CLOSE_ATTEMPTS = """
UPDATE payment_attempt SET state = 'closing', tries = 0, next_at = $2, updated_at = $2
WHERE payment_id = $1 AND state = ANY ($3::text[])
"""


async def open_payment(
    *, checkout_id: UUID, account_id: UUID, currency: str, amount: int, expires_at: datetime, now: datetime
) -> UUID:
    """Say what is due for a checkout, inside the placing transaction; return the payment's id."""
    request = OpenPayment(
        id=new_id(),
        checkout_id=checkout_id,
        account_id=account_id,
        currency=currency,
        amount=amount,
        expires_at=expires_at,
    )
    await open_payments([request], now=now)
    return request.id


async def open_payments(requests: Sequence[OpenPayment], *, now: datetime) -> None:
    """The same for many checkouts by one statement. Raises ValueError when an amount is not above zero."""
    if any(request.amount <= 0 for request in requests):
        raise ValueError("a checkout with nothing due is paid already: it opens no payment")
    if requests:
        await db.execute(
            _OPEN,
            [request.id for request in requests],
            [request.checkout_id for request in requests],
            [request.account_id for request in requests],
            [request.currency for request in requests],
            [request.amount for request in requests],
            [request.expires_at for request in requests],
            now,
        )


@db.atomic
async def close_payment(payment_id: UUID, *, now: datetime) -> bool:
    """Give a payment up, inside the caller's transaction; False when it is paid, True when it is closed.

    Its attempts are closed at their providers after commit, by a sweep. Money that was captured goes back
    (`partial_payment`), and so does whatever comes in later (`late_payment`). Raises NotFound.
    """
    captured = await db.fetch_value(_CLOSE, payment_id, now)
    if captured is None:
        return await _is_closed(payment_id)
    await close_attempts(payment_id, now=now)
    if captured:
        await refunds.give_back_all(payment_id, reason=rules.PARTIAL, now=now)
    return True


async def close_attempts(payment_id: UUID, *, now: datetime) -> None:
    """Mark what may still be paid to be closed at its provider."""
    await db.execute(_CLOSE_ATTEMPTS, payment_id, now, list(rules.LIVE_ATTEMPTS))


async def _is_closed(payment_id: UUID) -> bool:
    state = await db.fetch_value("SELECT state FROM payment WHERE id = $1", payment_id)
    if state is None:
        raise NotFound("There is no such payment.", code="payment_not_found")
    return bool(state == "closed")
