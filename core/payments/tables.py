"""Payments of checkouts, what providers did for them, refunds, and the double-entry ledger."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from ..ids import new_id


class Payment(Table, tablename="payment", tags=["mall"]):
    """What is due for one checkout: open, partially_paid, paid or closed. Amounts are minor units."""

    id = UUID(primary_key=True, default=new_id)
    checkout_id = UUID()
    account_id = UUID()
    currency = Varchar(length=3)
    amount = BigInt()
    captured = BigInt(default=0)
    refunded = BigInt(default=0)
    state = Varchar(length=16, default="open")
    applied_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz()
    created_at = Timestamptz()
    updated_at = Timestamptz()


class PaymentAttempt(Table, tablename="payment_attempt", tags=["mall"]):
    """One try at one provider; its id is the provider's idempotency key and merchant order number.

    `merchant` and `app` are the receiving account that the provider named when the attempt was made; a
    capture for another one is refused. `asked_at` is when a shopper last had the provider asked.
    """

    id = UUID(primary_key=True, default=new_id)
    payment_id = UUID()
    provider = Varchar(length=40)
    merchant = Varchar(length=120)
    app = Varchar(length=120)
    amount = BigInt()
    currency = Varchar(length=3)
    state = Varchar(length=12, default="created")
    return_url = Text(default="")
    provider_reference = Varchar(length=120, default="")
    client_data = JSONB()
    tries = Integer(default=0)
    next_at = Timestamptz(null=True, default=None)
    asked_at = Timestamptz(null=True, default=None)
    error = Text(default="")
    created_at = Timestamptz()
    updated_at = Timestamptz()


class PaymentCapture(Table, tablename="payment_capture", tags=["mall"]):
    """Money that a provider says it has taken, recorded once per provider transaction."""

    id = UUID(primary_key=True, default=new_id)
    payment_id = UUID()
    attempt_id = UUID()
    provider = Varchar(length=40)
    provider_transaction = Varchar(length=120)
    amount = BigInt()
    currency = Varchar(length=3)
    refunded = BigInt(default=0)
    captured_at = Timestamptz()
    created_at = Timestamptz()


class PaymentRefund(Table, tablename="payment_refund", tags=["mall"]):
    """Money to be given back from one capture; its id is the provider's idempotency key.

    `request_id` is the asker's key (an order's refund, or a late capture): asking again changes nothing.
    """

    id = UUID(primary_key=True, default=new_id)
    payment_id = UUID()
    capture_id = UUID()
    request_id = UUID()
    order_id = UUID(null=True, default=None)
    store_id = UUID(null=True, default=None)
    amount = BigInt()
    currency = Varchar(length=3)
    reason = Varchar(length=120)
    state = Varchar(length=12, default="pending")
    provider_reference = Varchar(length=120, default="")
    tries = Integer(default=0)
    next_at = Timestamptz(null=True, default=None)
    error = Text(default="")
    created_at = Timestamptz()
    updated_at = Timestamptz()


class LedgerEntry(Table, tablename="ledger_entry", tags=["mall"]):
    """One side of a posting: entries of a posting sum to zero. Debits are positive. Append-only.

    `source_id` is the capture, refund or payment that the posting tells of: each is posted once.
    """

    id = UUID(primary_key=True, default=new_id)
    posting_id = UUID()
    kind = Varchar(length=20)
    source_id = UUID()
    account = Varchar(length=60)
    store_id = UUID(null=True, default=None)
    order_id = UUID(null=True, default=None)
    payment_id = UUID()
    currency = Varchar(length=3)
    amount = BigInt()
    created_at = Timestamptz()
