"""The append-only double-entry ledger of provider money.

Debits are positive, credits negative; a posting sums to zero and is of one currency. The accounts:

- `provider:<code>`: what that provider holds for the mall (an asset). Captured money minus refunds that
  the provider has carried out.
- `clearing`: captured money that belongs to no store yet. It is empty for a payment that has been applied,
  or closed.
- `store`, with `store_id` and `order_id`: what is owed to a store for an order, so it is zero or a credit.
- `refund_payable`: what is owed to the shopper. A refund is booked here when it is decided, and leaves when
  the provider has carried it out; a refund that the provider refused stays, in plain sight.

The postings (`kind`), each once for its source:

- `capture`: provider +, clearing -. Source: the capture.
- `apply`: clearing +, each order's store -. Source: the payment.
- `refund`: store or clearing +, refund_payable -. Source: the refund.
- `refund_paid`: refund_payable +, provider -. Source: the refund.

The database refuses UPDATE, DELETE and TRUNCATE, and a second posting of one kind for one source.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..ids import new_id
from ..storage import db

CLEARING = "clearing"
STORE = "store"
REFUND_PAYABLE = "refund_payable"


def provider(code: str) -> str:
    return f"provider:{code}"


class Entry(Struct, frozen=True):
    """One side: minor units, positive for a debit."""

    account: str
    amount: int
    store_id: UUID | None = None
    order_id: UUID | None = None


class Posting(Struct, frozen=True, kw_only=True):
    kind: str
    source_id: UUID
    payment_id: UUID
    currency: str
    entries: Sequence[Entry]


_INSERT = """
INSERT INTO ledger_entry
  (id, posting_id, kind, source_id, payment_id, currency, account, amount, store_id, order_id, created_at)
SELECT e.id, $1, $2, $3, $4, $5, e.account, e.amount, e.store_id, e.order_id, $11
FROM unnest($6::uuid[], $7::text[], $8::bigint[], $9::uuid[], $10::uuid[])
  AS e (id, account, amount, store_id, order_id)
"""


async def post(posting: Posting, *, now: datetime) -> None:
    """Write a posting inside the open transaction. Raises ValueError when it does not balance."""
    entries = posting.entries
    if sum(entry.amount for entry in entries) or not entries:
        raise ValueError(f"the posting {posting.kind} of {posting.source_id} does not balance")
    await db.execute(
        _INSERT,
        new_id(), posting.kind, posting.source_id, posting.payment_id, posting.currency,
        [new_id() for _ in entries],
        [entry.account for entry in entries],
        [entry.amount for entry in entries],
        [entry.store_id for entry in entries],
        [entry.order_id for entry in entries],
        now,
    )  # fmt: skip
