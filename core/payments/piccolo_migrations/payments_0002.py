"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "payments_0002"

STATEMENTS = (
    "CREATE UNIQUE INDEX payment_checkout ON payment (checkout_id)",
    "CREATE INDEX payment_account ON payment (account_id)",
    "ALTER TABLE payment ADD CONSTRAINT payment_state CHECK (state IN ('open', 'partially_paid', 'paid', 'closed'))",
    "ALTER TABLE payment ADD CONSTRAINT payment_amounts CHECK (amount >= 0 AND captured >= 0 AND refunded BETWEEN 0 AND captured)",
    "CREATE INDEX payment_attempt_payment ON payment_attempt (payment_id)",
    "CREATE INDEX payment_attempt_due ON payment_attempt (next_at) WHERE next_at IS NOT NULL",
    "ALTER TABLE payment_attempt ADD CONSTRAINT payment_attempt_state CHECK (state IN ('created', 'pending', 'succeeded', 'failed', 'closing', 'closed', 'unknown'))",
    "ALTER TABLE payment_attempt ADD CONSTRAINT payment_attempt_of FOREIGN KEY (payment_id) REFERENCES payment (id)",
    "CREATE UNIQUE INDEX payment_capture_once ON payment_capture (provider, provider_transaction)",
    "CREATE INDEX payment_capture_payment ON payment_capture (payment_id)",
    "ALTER TABLE payment_capture ADD CONSTRAINT payment_capture_amounts CHECK (amount > 0 AND refunded BETWEEN 0 AND amount)",
    "ALTER TABLE payment_capture ADD CONSTRAINT payment_capture_of FOREIGN KEY (payment_id) REFERENCES payment (id)",
    "CREATE UNIQUE INDEX payment_refund_once ON payment_refund (request_id, capture_id)",
    "CREATE INDEX payment_refund_due ON payment_refund (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX payment_refund_payment ON payment_refund (payment_id)",
    "ALTER TABLE payment_refund ADD CONSTRAINT payment_refund_state CHECK (state IN ('pending', 'sent', 'succeeded', 'failed'))",
    "ALTER TABLE payment_refund ADD CONSTRAINT payment_refund_amount CHECK (amount > 0)",
    "ALTER TABLE payment_refund ADD CONSTRAINT payment_refund_of FOREIGN KEY (payment_id) REFERENCES payment (id)",
    "CREATE INDEX ledger_entry_posting ON ledger_entry (posting_id)",
    "CREATE INDEX ledger_entry_payment ON ledger_entry (payment_id)",
    "CREATE INDEX ledger_entry_order ON ledger_entry (order_id) WHERE order_id IS NOT NULL",
)


async def forwards():
    return sql_migration(ID, "payments", STATEMENTS)
