"""A payment provider's word that money came in, without a provider."""

from __future__ import annotations

from uuid import UUID, uuid4

from ..ids import new_id
from ..mall import Mall
from ..payments.captures import record_capture
from ..providers import CaptureFact
from ..storage import db

PROVIDER = "till"

_ATTEMPT = """
INSERT INTO payment_attempt (id, payment_id, provider, merchant, app, amount, currency, state, return_url,
                             provider_reference, client_data, tries, next_at, error, created_at, updated_at)
VALUES ($1, $2, $3, 'm', 'a', $4, $5, 'pending', '', '', '{}', 0, $6, '', $6, $6)
"""


async def capture(mall: Mall, payment_id: UUID) -> None:
    """Record that all that is due of a payment has been taken at the till."""
    due = await db.fetch_row("SELECT amount, currency FROM payment WHERE id = $1", payment_id)
    if due is None:
        raise LookupError(f"there is no payment {payment_id}")
    attempt_id, now = new_id(), mall.now()
    await db.execute(_ATTEMPT, attempt_id, payment_id, PROVIDER, due["amount"], due["currency"], now)
    fact = CaptureFact(
        attempt_id=attempt_id,
        provider_transaction=uuid4().hex,
        amount=due["amount"],
        currency=due["currency"],
        merchant="m",
        app="a",
        captured_at=now,
    )
    await record_capture(mall, PROVIDER, fact)
