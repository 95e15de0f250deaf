"""Reads about payments, for their shopper, for staff of a store, and for the operator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..storage import db


class PaymentRow(Struct, frozen=True, kw_only=True):
    """What is due for a checkout and what has come of it; minor units of `currency`."""

    id: UUID
    checkout_id: UUID
    account_id: UUID
    currency: str
    amount: int
    captured: int
    refunded: int
    state: str
    applied_at: datetime | None
    expires_at: datetime
    created_at: datetime


class AttemptRow(Struct, frozen=True, kw_only=True):
    id: UUID
    payment_id: UUID
    provider: str
    amount: int
    currency: str
    state: str
    return_url: str
    provider_reference: str
    client_data: Mapping[str, Any]
    tries: int
    next_at: datetime | None
    error: str
    created_at: datetime


class CaptureRow(Struct, frozen=True, kw_only=True):
    id: UUID
    attempt_id: UUID
    provider: str
    provider_transaction: str
    amount: int
    currency: str
    refunded: int
    captured_at: datetime
    created_at: datetime


class RefundRow(Struct, frozen=True, kw_only=True):
    id: UUID
    payment_id: UUID
    request_id: UUID
    order_id: UUID | None
    store_id: UUID | None
    amount: int
    currency: str
    reason: str
    state: str
    provider: str
    provider_reference: str
    tries: int
    error: str
    created_at: datetime
    updated_at: datetime


class LedgerRow(Struct, frozen=True, kw_only=True):
    """One side of a posting; `amount` is signed, debits are positive."""

    id: UUID
    posting_id: UUID
    kind: str
    account: str
    store_id: UUID | None
    order_id: UUID | None
    payment_id: UUID
    currency: str
    amount: int
    created_at: datetime


class PaymentFilter(Struct, frozen=True, kw_only=True):
    """What the operator looks for; None means any."""

    state: str | None = None
    account_id: UUID | None = None
    checkout_id: UUID | None = None
    provider: str | None = None
    before: UUID | None = None
    limit: int = 20


class RefundFilter(Struct, frozen=True, kw_only=True):
    store_id: UUID | None = None
    order_id: UUID | None = None
    state: str | None = None
    before: UUID | None = None
    limit: int = 20


class LedgerFilter(Struct, frozen=True, kw_only=True):
    order_id: UUID | None = None
    currency: str | None = None
    before: UUID | None = None
    limit: int = 20


_PAYMENT = """
SELECT p.id, p.checkout_id, p.account_id, p.currency, p.amount, p.captured, p.refunded, p.state, p.applied_at,
       p.expires_at, p.created_at
FROM payment p
"""
_ATTEMPT = """
SELECT id, payment_id, provider, amount, currency, state, return_url, provider_reference, client_data, tries, next_at,
       error, created_at
FROM payment_attempt
"""
_CAPTURES = """
SELECT id, attempt_id, provider, provider_transaction, amount, currency, refunded, captured_at, created_at
FROM payment_capture WHERE payment_id = $1 ORDER BY id
"""
_REFUND = """
SELECT r.id, r.payment_id, r.request_id, r.order_id, r.store_id, r.amount, r.currency, r.reason, r.state, c.provider,
       r.provider_reference, r.tries, r.error, r.created_at, r.updated_at
FROM payment_refund r JOIN payment_capture c ON c.id = r.capture_id
"""
_LEDGER = """
SELECT id, posting_id, kind, account, store_id, order_id, payment_id, currency, amount, created_at FROM ledger_entry
"""
_PAYMENTS_FOUND = """
WHERE ($1::text IS NULL OR p.state = $1) AND ($2::uuid IS NULL OR p.account_id = $2)
  AND ($3::uuid IS NULL OR p.checkout_id = $3)
  AND ($4::text IS NULL OR EXISTS (
    SELECT FROM payment_attempt a WHERE a.payment_id = p.id AND a.provider = $4))
  AND ($5::uuid IS NULL OR p.id < $5)
ORDER BY p.id DESC LIMIT $6
"""
_REFUNDS_FOUND = """
WHERE ($1::uuid IS NULL OR r.store_id = $1) AND ($2::uuid IS NULL OR r.order_id = $2)
  AND ($3::text IS NULL OR r.state = $3) AND ($4::uuid IS NULL OR r.id < $4)
ORDER BY r.id DESC LIMIT $5
"""
_LEDGER_FOUND = """
WHERE store_id = $1 AND ($2::uuid IS NULL OR order_id = $2) AND ($3::text IS NULL OR currency = $3)
  AND ($4::uuid IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5
"""


async def payment(payment_id: UUID) -> PaymentRow | None:
    return await db.row(PaymentRow, _PAYMENT + "WHERE p.id = $1", payment_id)


async def account_payment(account_id: UUID, payment_id: UUID) -> PaymentRow | None:
    """A shopper's own payment; None for another one's too."""
    return await db.row(PaymentRow, _PAYMENT + "WHERE p.id = $1 AND p.account_id = $2", payment_id, account_id)


async def payments(wanted: PaymentFilter) -> list[PaymentRow]:
    """Newest first, one more than the limit."""
    return await db.rows(
        PaymentRow,
        _PAYMENT + _PAYMENTS_FOUND,
        wanted.state, wanted.account_id, wanted.checkout_id, wanted.provider, wanted.before, wanted.limit + 1,
    )  # fmt: skip


async def attempt(attempt_id: UUID) -> AttemptRow | None:
    return await db.row(AttemptRow, _ATTEMPT + "WHERE id = $1", attempt_id)


async def attempts(payment_id: UUID) -> list[AttemptRow]:
    return await db.rows(AttemptRow, _ATTEMPT + "WHERE payment_id = $1 ORDER BY id", payment_id)


async def captures(payment_id: UUID) -> list[CaptureRow]:
    return await db.rows(CaptureRow, _CAPTURES, payment_id)


async def payment_refunds(payment_id: UUID) -> list[RefundRow]:
    return await db.rows(RefundRow, _REFUND + "WHERE r.payment_id = $1 ORDER BY r.id", payment_id)


async def refund(refund_id: UUID) -> RefundRow | None:
    return await db.row(RefundRow, _REFUND + "WHERE r.id = $1", refund_id)


async def refunds(wanted: RefundFilter) -> list[RefundRow]:
    """Newest first, one more than the limit."""
    return await db.rows(
        RefundRow,
        _REFUND + _REFUNDS_FOUND,
        wanted.store_id, wanted.order_id, wanted.state, wanted.before, wanted.limit + 1,
    )  # fmt: skip


async def payment_ledger(payment_id: UUID) -> list[LedgerRow]:
    return await db.rows(LedgerRow, _LEDGER + "WHERE payment_id = $1 ORDER BY id", payment_id)


async def store_ledger(store_id: UUID, wanted: LedgerFilter) -> list[LedgerRow]:
    """The store's side of the ledger, newest first, one more than the limit."""
    arguments = (store_id, wanted.order_id, wanted.currency, wanted.before, wanted.limit + 1)
    return await db.rows(LedgerRow, _LEDGER + _LEDGER_FOUND, *arguments)
