"""Reads of the sandbox's own rows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from galleria.core.plugin_api import (
    AttemptState,
    AttemptStatus,
    CaptureFact,
    NotFound,
    RefundState,
    RefundStatus,
    db,
)
from msgspec import Struct

from . import rules
from .signing import KeyPair


class TransactionRow(Struct, frozen=True, kw_only=True):
    """`sandbox_pay_transaction`; amounts are minor units."""

    attempt_id: UUID
    token: str
    state: str
    amount: int
    currency: str
    description: str
    notify_url: str
    return_url: str
    captured: int
    refunded: int
    provider_transaction: str | None
    paid_at: datetime | None
    notified_at: datetime | None
    expires_at: datetime
    created_at: datetime

    @property
    def owes_notification(self) -> bool:
        return self.captured > 0 and self.notified_at is None

    @property
    def capture(self) -> CaptureFact | None:
        """The money that was taken, if any."""
        if self.provider_transaction is None or self.paid_at is None:
            return None
        return CaptureFact(
            attempt_id=self.attempt_id,
            provider_transaction=self.provider_transaction,
            amount=self.captured,
            currency=self.currency,
            merchant=rules.MERCHANT,
            app=rules.APP,
            captured_at=self.paid_at,
        )

    @property
    def status(self) -> AttemptStatus:
        return AttemptStatus(state=AttemptState(self.state), capture=self.capture)


class RefundRow(Struct, frozen=True, kw_only=True):
    """`sandbox_pay_refund`; the amount is minor units."""

    refund_id: UUID
    token: str
    attempt_id: UUID
    amount: int
    currency: str
    reason: str
    state: str
    notify_url: str
    notified_at: datetime | None
    created_at: datetime

    @property
    def owes_notification(self) -> bool:
        return self.state != RefundState.PENDING and self.notified_at is None

    @property
    def status(self) -> RefundStatus:
        return RefundStatus(
            refund_id=self.refund_id,
            state=RefundState(self.state),
            provider_reference=self.token,
            amount=self.amount,
            currency=self.currency,
        )


async def transaction(attempt_id: UUID) -> TransactionRow | None:
    return await db.row(TransactionRow, "SELECT * FROM sandbox_pay_transaction WHERE attempt_id = $1", attempt_id)


async def transaction_of(attempt_id: UUID) -> TransactionRow:
    """The transaction of an attempt that is known to exist."""
    found = await transaction(attempt_id)
    if found is None:
        raise AssertionError("transactions are never deleted")
    return found


async def transaction_by_token(token: str) -> TransactionRow:
    """Raises NotFound."""
    found = None
    if rules.is_token(token):
        found = await db.row(TransactionRow, "SELECT * FROM sandbox_pay_transaction WHERE token = $1", token)
    if found is None:
        raise NotFound("There is no such payment.", code="sandbox_payment_not_found")
    return found


async def refund(refund_id: UUID) -> RefundRow | None:
    return await db.row(RefundRow, "SELECT * FROM sandbox_pay_refund WHERE refund_id = $1", refund_id)


async def refund_by_token(token: str) -> RefundRow:
    """Raises NotFound."""
    found = None
    if rules.is_token(token):
        found = await db.row(RefundRow, "SELECT * FROM sandbox_pay_refund WHERE token = $1", token)
    if found is None:
        raise NotFound("There is no such refund.", code="sandbox_refund_not_found")
    return found


async def refunds_of(attempt_id: UUID) -> list[RefundRow]:
    """Oldest first."""
    sql = "SELECT * FROM sandbox_pay_refund WHERE attempt_id = $1 ORDER BY created_at, refund_id"
    return await db.rows(RefundRow, sql, attempt_id)


async def key_pair() -> KeyPair | None:
    """The installation's key pair, once there is one."""
    stored = await db.fetch_value("SELECT private_key FROM sandbox_pay_key")
    return None if stored is None else KeyPair(stored)
