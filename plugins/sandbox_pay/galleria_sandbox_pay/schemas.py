"""Bodies and answers of the sandbox's routes. Answers bear the plugin's name: an API document has each name once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from galleria.core.plugin_api import Body, Money
from msgspec import Meta, Struct


class PayBody(Body):
    """`amount` in minor units pays a part; without it all that is due is paid."""

    amount: Annotated[int, Meta(ge=1, le=10**15)] | None = None


class SettleBody(Body):
    """How a pending refund ends."""

    state: Literal["succeeded", "failed"] = "succeeded"


class EmptyBody(Body):
    """Nothing to say."""


class SandboxPayment(Struct, kw_only=True):
    """`id` is the page's token; `notified`: the mall has acknowledged what it had to be told."""

    id: str
    state: str
    provider_transaction: str | None
    notified: bool


class SandboxRefund(Struct, kw_only=True):
    """`id` is the refund's token; `notified`: the mall knows how it has ended."""

    id: str
    state: str
    notified: bool


class SandboxRefundLine(SandboxRefund, kw_only=True):
    amount: Money


class SandboxPaymentStatus(SandboxPayment, kw_only=True):
    """What the page shows, for programs."""

    due: Money
    captured: Money
    refunded: Money
    expires_at: datetime
    refunds: list[SandboxRefundLine]
