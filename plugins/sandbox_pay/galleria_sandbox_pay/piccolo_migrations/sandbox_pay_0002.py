"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.plugin_api import sql_migration

ID = "sandbox_pay_0002"

_TRANSACTION = "ALTER TABLE sandbox_pay_transaction ADD CONSTRAINT sandbox_pay_transaction"
_REFUND = "ALTER TABLE sandbox_pay_refund ADD CONSTRAINT sandbox_pay_refund"

STATEMENTS = (
    "CREATE UNIQUE INDEX sandbox_pay_key_single ON sandbox_pay_key ((true))",
    "CREATE UNIQUE INDEX sandbox_pay_transaction_token ON sandbox_pay_transaction (token)",
    "CREATE UNIQUE INDEX sandbox_pay_transaction_number ON sandbox_pay_transaction (provider_transaction)",
    f"{_TRANSACTION}_state CHECK (state IN ('pending', 'succeeded', 'failed', 'closed'))",
    f"{_TRANSACTION}_amounts CHECK (amount > 0 AND captured BETWEEN 0 AND amount AND refunded BETWEEN 0 AND captured)",
    f"{_TRANSACTION}_captured CHECK ((state = 'succeeded') = (captured > 0) AND (captured > 0) = (paid_at IS NOT NULL)"
    " AND (captured > 0) = (provider_transaction IS NOT NULL))",
    "CREATE UNIQUE INDEX sandbox_pay_refund_token ON sandbox_pay_refund (token)",
    "CREATE INDEX sandbox_pay_refund_attempt ON sandbox_pay_refund (attempt_id)",
    f"{_REFUND}_state CHECK (state IN ('pending', 'succeeded', 'failed'))",
    f"{_REFUND}_amount CHECK (amount > 0)",
    f"{_REFUND}_of FOREIGN KEY (attempt_id) REFERENCES sandbox_pay_transaction (attempt_id)",
)


async def forwards():
    return sql_migration(ID, "sandbox_pay", STATEMENTS)
