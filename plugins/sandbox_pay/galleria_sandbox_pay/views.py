"""Rows as the routes answer them."""

from __future__ import annotations

from collections.abc import Sequence

from galleria.core.plugin_api import Money

from .queries import RefundRow, TransactionRow
from .schemas import SandboxPayment, SandboxPaymentStatus, SandboxRefund, SandboxRefundLine


def payment(row: TransactionRow) -> SandboxPayment:
    return SandboxPayment(
        id=row.token,
        state=row.state,
        provider_transaction=row.provider_transaction,
        notified=row.notified_at is not None,
    )


def refund(row: RefundRow) -> SandboxRefund:
    return SandboxRefund(id=row.token, state=row.state, notified=row.notified_at is not None)


def status(row: TransactionRow, refunds: Sequence[RefundRow]) -> SandboxPaymentStatus:
    return SandboxPaymentStatus(
        id=row.token,
        state=row.state,
        provider_transaction=row.provider_transaction,
        notified=row.notified_at is not None,
        due=Money(row.amount, row.currency),
        captured=Money(row.captured, row.currency),
        refunded=Money(row.refunded, row.currency),
        expires_at=row.expires_at,
        refunds=[_line(one) for one in refunds],
    )


def _line(row: RefundRow) -> SandboxRefundLine:
    return SandboxRefundLine(
        id=row.token,
        state=row.state,
        notified=row.notified_at is not None,
        amount=Money(row.amount, row.currency),
    )
