"""A paid payment's money moves from the mall's clearing account to the stores whose orders it pays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..errors import Conflict
from ..storage import db
from . import ledger
from .ledger import Entry, Posting


class Share(Struct, frozen=True, kw_only=True):
    """What an order gets of a payment, in minor units."""

    order_id: UUID
    store_id: UUID
    amount: int


_APPLY = """
UPDATE payment SET applied_at = $3, updated_at = $3
WHERE id = $1 AND state = 'paid' AND applied_at IS NULL AND amount = $2 RETURNING currency
"""


@db.atomic
async def apply(payment_id: UUID, shares: Sequence[Share], *, now: datetime) -> None:
    """Move a paid payment to its orders, inside the settling transaction; once: a repetition changes nothing.

    The shares add up to the payment's amount. Raises Conflict (`payment_not_applicable`) when they do not,
    or when the payment is not paid.
    """
    total = sum(share.amount for share in shares)
    currency = await db.fetch_value(_APPLY, payment_id, total, now)
    if currency is None:
        await _require_applied(payment_id, total)
        return
    entries = [Entry(ledger.STORE, -share.amount, share.store_id, share.order_id) for share in shares if share.amount]
    await ledger.post(
        Posting(
            kind="apply",
            source_id=payment_id,
            payment_id=payment_id,
            currency=currency,
            entries=[Entry(ledger.CLEARING, total), *entries],
        ),
        now=now,
    )


async def _require_applied(payment_id: UUID, total: int) -> None:
    done = await db.fetch_value(
        "SELECT true FROM payment WHERE id = $1 AND amount = $2 AND applied_at IS NOT NULL", payment_id, total
    )
    if not done:
        raise Conflict("This payment is not paid, or the shares are not its amount.", code="payment_not_applicable")
