"""The facts of payments that a checkout acts on."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from ..mall import Mall
from ..orders import refunds
from ..storage.outbox import Event
from .settling import settle

RECIPIENT = "galleria.checkout"
"""The name under which deliveries to this domain stand in rows: it is never changed."""


def subscribe(mall: Mall) -> None:
    """Make checkout a recipient of payment facts."""
    mall.outbox.subscribe(RECIPIENT, "payment.paid", partial(_paid, mall))
    mall.outbox.subscribe(RECIPIENT, "payment.refunded", partial(_refunded, mall, "settled"))
    mall.outbox.subscribe(RECIPIENT, "payment.refund_failed", partial(_refunded, mall, "failed"))


async def _paid(mall: Mall, event: Event) -> None:
    await settle(mall, UUID(event.payload["checkout_id"]), UUID(event.payload["payment_id"]))


async def _refunded(mall: Mall, state: str, event: Event) -> None:
    """Refunds of late payments have no order refund; then nothing is to be done."""
    await refunds.settle(UUID(event.payload["request_id"]), state, mall.now())
