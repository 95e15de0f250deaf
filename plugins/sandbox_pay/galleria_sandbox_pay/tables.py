"""What the sandbox remembers. Payments belong to the mall, not to a store."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Bytea, Text, Timestamptz, Varchar
from piccolo.table import Table


class SandboxPayKey(Table, tablename="sandbox_pay_key", tags=["mall"]):
    """The installation's one Ed25519 key pair. `private_key` is its 32 raw bytes; it guards play money only."""

    serial = Varchar(length=64, primary_key=True)
    private_key = Bytea()
    created_at = Timestamptz()


class SandboxPayTransaction(Table, tablename="sandbox_pay_transaction", tags=["mall"]):
    """An attempt to pay: pending, succeeded, failed (declined by the buyer) or closed. Amounts are minor units.

    `token` is the unguessable name that its page bears. `notified_at` is when the mall first acknowledged
    the notification of the capture.
    """

    attempt_id = UUID(primary_key=True)
    token = Varchar(length=64)
    state = Varchar(length=12, default="pending")
    amount = BigInt()
    currency = Varchar(length=3)
    description = Text(default="")
    notify_url = Text()
    return_url = Text(default="")
    captured = BigInt(default=0)
    refunded = BigInt(default=0)
    provider_transaction = Varchar(length=64, null=True, default=None)
    paid_at = Timestamptz(null=True, default=None)
    notified_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz()
    created_at = Timestamptz()


class SandboxPayRefund(Table, tablename="sandbox_pay_refund", tags=["mall"]):
    """A refund of a part of one transaction: pending, succeeded or failed.

    `notified_at` is null only while a notification is owed, or will be once the refund is settled.
    """

    refund_id = UUID(primary_key=True)
    token = Varchar(length=64)
    attempt_id = UUID()
    amount = BigInt()
    currency = Varchar(length=3)
    reason = Text(default="")
    state = Varchar(length=12)
    notify_url = Text()
    notified_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz()
