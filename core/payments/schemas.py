"""Payments as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from ..http.schemas import Body
from ..types import Money

ReturnUrl = Annotated[str, Meta(max_length=500, pattern=r"^(https?://[^\s]+|/[^\s]*)?$")]


class AttemptBody(Body):
    """`return_url` is where the provider's page sends the shopper afterwards, if it has one."""

    provider: Annotated[str, Meta(min_length=1, max_length=40)]
    return_url: ReturnUrl = ""


class ProviderView(Struct, kw_only=True):
    code: str
    label: str


class AttemptView(Struct, kw_only=True):
    """`client_data` is what the mini-program pays with; it is empty until the provider has answered."""

    id: UUID
    payment_id: UUID
    provider: str
    amount: Money
    state: str
    client_data: Mapping[str, Any]
    created_at: datetime


class RefundView(Struct, kw_only=True):
    id: UUID
    order_id: UUID | None
    amount: Money
    reason: str
    state: str
    created_at: datetime


class PaymentView(Struct, kw_only=True):
    """A shopper's payment. `due` is what is still to be paid, zero once it is paid or closed."""

    id: UUID
    checkout_id: UUID
    state: str
    amount: Money
    captured: Money
    refunded: Money
    due: Money
    expires_at: datetime
    created_at: datetime
    attempts: list[AttemptView]
    refunds: list[RefundView]


class PaymentSummary(Struct, kw_only=True):
    """A payment in the operator's list."""

    id: UUID
    checkout_id: UUID
    account_id: UUID
    state: str
    amount: Money
    captured: Money
    refunded: Money
    applied_at: datetime | None
    expires_at: datetime
    created_at: datetime


class AttemptRecord(AttemptView, kw_only=True):
    """With what the operator needs to know when something is stuck."""

    provider_reference: str
    tries: int
    next_at: datetime | None
    error: str


class CaptureRecord(Struct, kw_only=True):
    id: UUID
    attempt_id: UUID
    provider: str
    provider_transaction: str
    amount: Money
    refunded: Money
    captured_at: datetime


class RefundRecord(RefundView, kw_only=True):
    payment_id: UUID
    request_id: UUID
    store_id: UUID | None
    provider: str
    provider_reference: str
    tries: int
    error: str
    updated_at: datetime


class LedgerRecord(Struct, kw_only=True):
    """One side of a posting; debits are positive, what is owed to a store is negative."""

    id: UUID
    posting_id: UUID
    kind: str
    account: str
    store_id: UUID | None
    order_id: UUID | None
    payment_id: UUID
    amount: Money
    created_at: datetime


class PaymentRecord(PaymentSummary, kw_only=True):
    attempts: list[AttemptRecord]
    captures: list[CaptureRecord]
    refunds: list[RefundRecord]
    ledger: list[LedgerRecord]
