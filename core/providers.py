"""What core and a payment provider say to each other. This module imports nothing of core but its errors.

A provider moves money and tells facts. It never decides what an order costs or whether it is paid: core
compares amount, currency, merchant, app and attempt with its own rows before it believes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct, field

from .errors import Problem


class AttemptState(StrEnum):
    """What a provider knows of one attempt to pay."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLOSED = "closed"
    NOT_FOUND = "not_found"


class RefundState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_FOUND = "not_found"


class AttemptRequest(Struct, frozen=True, kw_only=True):
    """An attempt to be made at the provider. `attempt_id` is the merchant's order number and idempotency key."""

    attempt_id: UUID
    amount: int
    currency: str
    description: str
    expires_at: datetime
    notify_url: str
    return_url: str = ""


class AttemptStarted(Struct, frozen=True, kw_only=True):
    """`client_data` is what the mini-program needs to pay: an address, or signed parameters."""

    provider_reference: str
    client_data: Mapping[str, Any] = field(default_factory=dict)


class CaptureFact(Struct, frozen=True, kw_only=True):
    """Money taken, as the provider states it. `merchant` and `app` are its own names of the receiving account."""

    attempt_id: UUID
    provider_transaction: str
    amount: int
    currency: str
    merchant: str
    app: str
    captured_at: datetime


class AttemptStatus(Struct, frozen=True, kw_only=True):
    """The answer to a query; `capture` is there when the state is `succeeded`."""

    state: AttemptState
    capture: CaptureFact | None = None


class RefundRequest(Struct, frozen=True, kw_only=True):
    """A refund of a part of one capture. `refund_id` is the provider's idempotency key."""

    refund_id: UUID
    attempt_id: UUID
    provider_transaction: str
    amount: int
    captured: int
    currency: str
    reason: str
    notify_url: str


class RefundStatus(Struct, frozen=True, kw_only=True):
    """What a provider says of a refund; an amount or currency that it states is compared. `detail` is for staff."""

    refund_id: UUID
    state: RefundState
    provider_reference: str = ""
    amount: int | None = None
    currency: str | None = None
    detail: str = ""


class NotificationRequest(Struct, frozen=True, kw_only=True):
    """A notification as it came in: the raw body and the headers, with lower-case names."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


class Notification(Struct, frozen=True, kw_only=True):
    """A verified notification of a capture or of a refund; of neither when it tells nothing that matters.

    `answer` is what the provider wants to hear, once the fact is recorded: JSON, or a str as plain text.
    """

    capture: CaptureFact | None = None
    refund: RefundStatus | None = None
    answer: Mapping[str, Any] | str = field(default_factory=lambda: {"code": "SUCCESS"})


class InvalidNotification(Problem):
    """The signature, time stamp or form of a notification is not acceptable. Nothing is recorded."""

    status = 400
    code = "invalid_notification"
    title = "The notification cannot be verified"


class ProviderError(Exception):
    """The provider refused for good: the attempt or refund fails. The message is kept for staff."""


class PaymentProvider(Protocol):
    """A way to pay. Any other exception than ProviderError means "unknown": core asks again later.

    Calls are made outside transactions, have 15 seconds, and may be repeated with the same id, with the same
    outcome. `create` must not let an attempt be paid after its `expires_at`, nor one that was closed before.
    `label` is a text by language tag; `merchant` and `app` name the receiving account and its application.
    """

    code: str
    label: Mapping[str, str]
    merchant: str
    app: str

    async def create(self, attempt: AttemptRequest) -> AttemptStarted:
        """Prepare the attempt at the provider."""
        ...

    async def query(self, attempt_id: UUID) -> AttemptStatus:
        """Ask what became of an attempt."""
        ...

    async def close(self, attempt_id: UUID) -> AttemptStatus:
        """Make sure that the attempt can no longer be paid; tells `succeeded` when that comes too late."""
        ...

    async def refund(self, refund: RefundRequest) -> RefundStatus:
        """Give money back."""
        ...

    async def query_refund(self, refund_id: UUID) -> RefundStatus:
        """Ask what became of a refund."""
        ...

    async def parse_notification(self, request: NotificationRequest) -> Notification:
        """Verify and read a notification. Raises InvalidNotification."""
        ...
