"""What happens to money in the sandbox. Each change is a compare-and-set; nobody is told in here (`courier.py`)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from galleria.core.plugin_api import (
    AttemptRequest,
    AttemptState,
    Conflict,
    Invalid,
    ProviderError,
    RefundRequest,
    RefundState,
    db,
    new_id,
    new_token,
)

from . import queries, rules
from .queries import RefundRow, TransactionRow
from .signing import KeyPair

_OPEN = """
INSERT INTO sandbox_pay_transaction
  (attempt_id, token, state, amount, currency, description, notify_url, return_url, captured, refunded,
   expires_at, created_at)
VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7, 0, 0, $8, $9) ON CONFLICT (attempt_id) DO NOTHING
"""
_PAY = """
UPDATE sandbox_pay_transaction SET state = 'succeeded', captured = $2, provider_transaction = $3, paid_at = $4
WHERE attempt_id = $1 AND state = 'pending' AND expires_at > $4 RETURNING *
"""
_END = """
UPDATE sandbox_pay_transaction SET state = $2 WHERE attempt_id = $1 AND state = 'pending' RETURNING *
"""
_EXPIRE = """
UPDATE sandbox_pay_transaction SET state = 'closed'
WHERE attempt_id = $1 AND state = 'pending' AND expires_at <= $2
"""
_INSERT_REFUND = """
INSERT INTO sandbox_pay_refund
  (refund_id, token, attempt_id, amount, currency, reason, state, notify_url, notified_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (refund_id) DO NOTHING RETURNING *
"""
_RESERVE = """
UPDATE sandbox_pay_transaction SET refunded = refunded + $2
WHERE attempt_id = $1 AND state = 'succeeded' AND refunded + $2 <= captured
  AND provider_transaction = $3 AND currency = $4 AND captured = $5 RETURNING attempt_id
"""
_SETTLE = """
UPDATE sandbox_pay_refund SET state = $2 WHERE refund_id = $1 AND state = 'pending' RETURNING *
"""
_RETURN = "UPDATE sandbox_pay_transaction SET refunded = refunded - $2 WHERE attempt_id = $1"
_TOLD_CAPTURE = """
UPDATE sandbox_pay_transaction SET notified_at = $2 WHERE attempt_id = $1 AND notified_at IS NULL
"""
_TOLD_REFUND = "UPDATE sandbox_pay_refund SET notified_at = $2 WHERE refund_id = $1 AND notified_at IS NULL"
_KEEP_KEY = """
INSERT INTO sandbox_pay_key (serial, private_key, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


async def open_transaction(attempt: AttemptRequest, *, return_url: str, now: datetime) -> TransactionRow:
    """Prepare an attempt; asking again gives the same. Raises ProviderError when the id was used for other money."""
    await db.execute(
        _OPEN,
        attempt.attempt_id, new_token(), attempt.amount, attempt.currency, attempt.description,
        attempt.notify_url, return_url, attempt.expires_at, now,
    )  # fmt: skip
    found = await queries.transaction(attempt.attempt_id)
    if found is None or (found.amount, found.currency) != (attempt.amount, attempt.currency):
        raise ProviderError("This attempt was made for another amount or currency.")
    return found


async def pay(token: str, amount: int | None, *, now: datetime) -> TransactionRow:
    """Take `amount` minor units, or all that is due; paying what is paid changes nothing.

    Raises NotFound, Invalid (`amount_exceeds_due`) and Conflict (`sandbox_payment_not_payable`).
    """
    due = await queries.transaction_by_token(token)
    taken = due.amount if amount is None else amount
    if taken > due.amount:
        raise Invalid(
            "This is more than is due.",
            code="amount_exceeds_due",
            errors=[{"path": "amount", "code": "too_large", "detail": f"At most {due.amount} is due."}],
        )
    number = f"SANDBOX{new_id().hex}"
    paid = await db.row(TransactionRow, _PAY, due.attempt_id, taken, number, now)
    return paid or await _ended_as(token, AttemptState.SUCCEEDED, now)


async def decline(token: str, *, now: datetime) -> TransactionRow:
    """The buyer refuses to pay. Raises NotFound and Conflict (`sandbox_payment_not_payable`)."""
    due = await queries.transaction_by_token(token)
    declined = await db.row(TransactionRow, _END, due.attempt_id, AttemptState.FAILED.value)
    return declined or await _ended_as(token, AttemptState.FAILED, now)


async def _ended_as(token: str, wanted: AttemptState, now: datetime) -> TransactionRow:
    found = await queries.transaction_by_token(token)
    if found.state != wanted:
        state = rules.shown_state(AttemptState(found.state), found.expires_at, now)
        raise Conflict("This payment can no longer be changed.", code="sandbox_payment_not_payable", state=state)
    return found


async def close(attempt_id: UUID) -> TransactionRow | None:
    """Make sure that an attempt cannot be paid any more; None when it is unknown."""
    await db.execute(_END, attempt_id, AttemptState.CLOSED.value)
    return await queries.transaction(attempt_id)


async def expire(attempt_id: UUID, *, now: datetime) -> TransactionRow | None:
    """Close an attempt whose time is over; return it as it is then, None when it is unknown."""
    await db.execute(_EXPIRE, attempt_id, now)
    return await queries.transaction(attempt_id)


@db.atomic
async def refund(asked: RefundRequest, *, later: bool, now: datetime) -> RefundRow:
    """Give money back, at once or when it is settled `later`; asking again gives the same.

    Raises ProviderError when the capture is unknown or described otherwise than it was, when this is more
    than is left of it, or when the id was used for another refund.
    """
    if await queries.transaction(asked.attempt_id) is None:
        raise ProviderError("There is no such capture.")
    made = await db.row(
        RefundRow, _INSERT_REFUND,
        asked.refund_id, new_token(), asked.attempt_id, asked.amount, asked.currency, asked.reason,
        RefundState.PENDING.value if later else RefundState.SUCCEEDED.value, asked.notify_url,
        None if later else now, now,
    )  # fmt: skip
    if made is None:
        return await _asked_before(asked)
    reserved = await db.fetch_value(
        _RESERVE, asked.attempt_id, asked.amount, asked.provider_transaction, asked.currency, asked.captured
    )
    if reserved is None:
        raise ProviderError("There is no such capture, or less than this is left of it.")
    return made


async def _asked_before(asked: RefundRequest) -> RefundRow:
    found = await queries.refund(asked.refund_id)
    wanted = (asked.attempt_id, asked.amount, asked.currency)
    if found is None or (found.attempt_id, found.amount, found.currency) != wanted:
        raise ProviderError("This refund's id was used for another refund.")
    return found


@db.atomic
async def settle_refund(token: str, state: RefundState) -> RefundRow:
    """End a pending refund as succeeded or failed; one that is settled stays as it is. Raises NotFound."""
    found = await queries.refund_by_token(token)
    settled = await db.row(RefundRow, _SETTLE, found.refund_id, state.value)
    if settled is None:
        return await queries.refund_by_token(token)
    if state is RefundState.FAILED:
        await db.execute(_RETURN, settled.attempt_id, settled.amount)
    return settled


async def capture_told(attempt_id: UUID, *, now: datetime) -> None:
    """Remember that the mall has acknowledged a capture's notification."""
    await db.execute(_TOLD_CAPTURE, attempt_id, now)


async def refund_told(refund_id: UUID, *, now: datetime) -> None:
    """Remember that the mall has acknowledged a refund's notification."""
    await db.execute(_TOLD_REFUND, refund_id, now)


async def key_pair(*, now: datetime) -> KeyPair:
    """The installation's key pair, made when it is first needed. Of two processes that make one, the first wins."""
    found = await queries.key_pair()
    if found is None:
        fresh = KeyPair.generate()
        await db.execute(_KEEP_KEY, fresh.serial, fresh.private_key, now)
        found = await queries.key_pair()
    if found is None:
        raise AssertionError("a key pair was stored and is gone")
    return found
