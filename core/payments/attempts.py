"""Attempts to pay: the row commits first, and its id is what the provider is called with."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from msgspec import Struct

from ..errors import Conflict, NotFound, TooManyRequests
from ..ids import new_id
from ..mall import Mall
from ..providers import AttemptRequest, AttemptStarted, PaymentProvider, ProviderError
from ..storage import db
from . import calls, queries, rules
from .queries import AttemptRow, PaymentRow

log = structlog.get_logger(__name__)

MOST_LIVE = 20
"""Attempts of one payment that may be paid at the same time."""

GRACE = timedelta(seconds=30)
"""How long a sweep leaves an attempt alone whose creation may still be under way."""


class Due(Struct, frozen=True):
    account_id: UUID
    currency: str
    amount: int
    captured: int
    state: str
    expires_at: datetime


_LOCK = "SELECT account_id, currency, amount, captured, state, expires_at FROM payment WHERE id = $1 FOR UPDATE"
_LIVE = "SELECT count(*) FROM payment_attempt WHERE payment_id = $1 AND state = ANY ($2::text[])"
_INSERT = """
INSERT INTO payment_attempt (id, payment_id, provider, merchant, app, amount, currency, state, return_url,
                             provider_reference, client_data, tries, next_at, error, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'created', $8, '', '{}', 0, $9, '', $10, $10)
"""
_STARTED = """
UPDATE payment_attempt SET state = 'pending', provider_reference = $2, client_data = $3, tries = 0, next_at = $4,
                           error = '', updated_at = $5
WHERE id = $1 AND state IN ('created', 'unknown') RETURNING id
"""
_REFUSED = """
UPDATE payment_attempt SET state = 'failed', next_at = NULL, error = $2, updated_at = $3
WHERE id = $1 AND state IN ('created', 'unknown')
"""
_UNKNOWN = """
UPDATE payment_attempt SET state = 'unknown', next_at = $2, error = $3, updated_at = $4
WHERE id = $1 AND state IN ('created', 'unknown')
"""


async def make(mall: Mall, account_id: UUID, payment_id: UUID, provider: str, return_url: str) -> UUID:
    """Write an attempt for what is still due, inside a transaction; return its id. `start` then calls the provider.

    Raises NotFound for another shopper's payment, Invalid (`unknown_provider`), Conflict (`payment_not_open`,
    `payment_expired`), TooManyRequests (`too_many_attempts`).
    """
    due = await db.row(Due, _LOCK, payment_id)
    if due is None or due.account_id != account_id:
        raise NotFound("There is no such payment.", code="payment_not_found")
    receiver = await calls.offered_provider(mall, provider)
    now = mall.now()
    await _require_payable(payment_id, due, now)
    attempt_id = new_id()
    await db.execute(
        _INSERT,
        attempt_id, payment_id, provider, receiver.merchant, receiver.app, due.amount - due.captured, due.currency,
        return_url, now + GRACE, now,
    )  # fmt: skip
    return attempt_id


async def _require_payable(payment_id: UUID, due: Due, now: datetime) -> None:
    if due.state not in rules.OPEN_STATES:
        raise Conflict("Nothing is to be paid here any more.", code="payment_not_open", state=due.state)
    if due.expires_at <= now:
        raise Conflict("The time to pay is over.", code="payment_expired")
    if await db.fetch_value(_LIVE, payment_id, list(rules.LIVE_ATTEMPTS)) >= MOST_LIVE:
        raise TooManyRequests("Too many attempts to pay are under way.", code="too_many_attempts")


async def start(mall: Mall, attempt_id: UUID) -> AttemptRow:
    """Have the provider prepare an attempt that it may not know yet, outside any transaction; return the row.

    A refusal makes it `failed`. Whatever else goes wrong leaves it `unknown`: a sweep asks, and the client
    may repeat its request, which calls the provider with the same id.
    """
    found = await _found(attempt_id)
    payment = await queries.payment(found.payment_id)
    if found.state not in ("created", "unknown") or payment is None or payment.expires_at <= mall.now():
        return found
    provider = calls.provider_of(mall, found.provider)
    try:
        started = await calls.answer_of(lambda: provider.create(_request(mall, provider, found, payment)))
    except ProviderError as error:
        await db.execute(_REFUSED, attempt_id, str(error)[:2000], mall.now())
    except Exception as error:  # whatever it is, the provider may have done the work
        await _unknown(mall, attempt_id, error)
    else:
        await _started(mall, attempt_id, started)
    return await _found(attempt_id)


async def _started(mall: Mall, attempt_id: UUID, started: AttemptStarted) -> None:
    now = mall.now()
    reference, data = started.provider_reference[:120], dict(started.client_data)
    await db.execute(_STARTED, attempt_id, reference, data, now + rules.pause(1), now)


async def _unknown(mall: Mall, attempt_id: UUID, error: Exception) -> None:
    log.warning("attempt_unknown", attempt_id=str(attempt_id), exc_info=error)
    now = mall.now()
    await db.execute(_UNKNOWN, attempt_id, now + rules.pause(1), f"{type(error).__name__}: {error}"[:2000], now)


async def _found(attempt_id: UUID) -> AttemptRow:
    found = await queries.attempt(attempt_id)
    if found is None:
        raise NotFound("There is no such attempt to pay.", code="attempt_not_found")
    return found


def _request(mall: Mall, provider: PaymentProvider, attempt: AttemptRow, payment: PaymentRow) -> AttemptRequest:
    return AttemptRequest(
        attempt_id=attempt.id,
        amount=attempt.amount,
        currency=attempt.currency,
        description=f"Galleria {payment.checkout_id.hex[-8:]}",
        expires_at=payment.expires_at,
        notify_url=calls.notify_url(mall, provider.code),
        return_url=attempt.return_url,
    )
