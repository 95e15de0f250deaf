"""Bodies and answers of the sandbox's routes."""

from __future__ import annotations

from typing import Annotated, Literal

from galleria.core.plugin_api import Body
from msgspec import Meta, Struct


class PayBody(Body):
    """`amount` in minor units pays a part; without it all that is due is paid."""

    amount: Annotated[int, Meta(ge=1, le=10**15)] | None = None


class SettleBody(Body):
    """How a pending refund ends."""

    state: Literal["succeeded", "failed"] = "succeeded"


class EmptyBody(Body):
    """Nothing to say."""


class PaymentAnswer(Struct, kw_only=True):
    """`id` is the page's token; `notified`: the mall has acknowledged what it had to be told."""

    id: str
    state: str
    provider_transaction: str | None
    notified: bool


class RefundAnswer(Struct, kw_only=True):
    id: str
    state: str
    notified: bool
