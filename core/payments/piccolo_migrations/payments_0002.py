"""Checks, keys, indexes and the guard of the ledger, which Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "payments_0002"

_APPEND_ONLY = """
CREATE FUNCTION ledger_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger_entry is append-only: post a reversal instead' USING ERRCODE = 'restrict_violation';
END
$$
"""

STATEMENTS = (
    "CREATE UNIQUE INDEX payment_checkout ON payment (checkout_id)",
    "CREATE INDEX payment_account ON payment (account_id)",
    "ALTER TABLE payment ADD CONSTRAINT payment_state CHECK (state IN ('open', 'partially_paid', 'paid', 'closed'))",
    "ALTER TABLE payment ADD CONSTRAINT payment_amounts CHECK (amount > 0 AND captured >= 0 AND refunded BETWEEN 0 AND captured)",
    "CREATE INDEX payment_attempt_payment ON payment_attempt (payment_id)",
    "CREATE INDEX payment_attempt_due ON payment_attempt (next_at) WHERE next_at IS NOT NULL",
    "ALTER TABLE payment_attempt ADD CONSTRAINT payment_attempt_state CHECK (state IN ('created', 'pending', 'succeeded', 'failed', 'closing', 'closed', 'unknown'))",
    "ALTER TABLE payment_attempt ADD CONSTRAINT payment_attempt_of FOREIGN KEY (payment_id) REFERENCES payment (id)",
    "CREATE UNIQUE INDEX payment_capture_once ON payment_capture (provider, provider_transaction)",
    "CREATE INDEX payment_capture_payment ON payment_capture (payment_id)",
    "CREATE INDEX payment_capture_attempt ON payment_capture (attempt_id)",
    "ALTER TABLE payment_capture ADD CONSTRAINT payment_capture_amounts CHECK (amount > 0 AND refunded BETWEEN 0 AND amount)",
    "ALTER TABLE payment_capture ADD CONSTRAINT payment_capture_of FOREIGN KEY (payment_id) REFERENCES payment (id)",
    "ALTER TABLE payment_capture ADD CONSTRAINT payment_capture_from FOREIGN KEY (attempt_id) REFERENCES payment_attempt (id)",
    "CREATE UNIQUE INDEX payment_refund_once ON payment_refund (request_id, capture_id)",
    "CREATE INDEX payment_refund_due ON payment_refund (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX payment_refund_payment ON payment_refund (payment_id)",
    "CREATE INDEX payment_refund_capture ON payment_refund (capture_id)",
    "CREATE INDEX payment_refund_store ON payment_refund (store_id, id) WHERE store_id IS NOT NULL",
    "ALTER TABLE payment_refund ADD CONSTRAINT payment_refund_state CHECK (state IN ('pending', 'sent', 'succeeded', 'failed'))",
    "ALTER TABLE payment_refund ADD CONSTRAINT payment_refund_amount CHECK (amount > 0)",
    "ALTER TABLE payment_refund ADD CONSTRAINT payment_refund_of FOREIGN KEY (payment_id) REFERENCES payment (id)",
    "ALTER TABLE payment_refund ADD CONSTRAINT payment_refund_from FOREIGN KEY (capture_id) REFERENCES payment_capture (id)",
    "CREATE INDEX ledger_entry_posting ON ledger_entry (posting_id)",
    "CREATE INDEX ledger_entry_payment ON ledger_entry (payment_id)",
    "CREATE INDEX ledger_entry_order ON ledger_entry (order_id) WHERE order_id IS NOT NULL",
    "CREATE INDEX ledger_entry_store ON ledger_entry (store_id, id) WHERE store_id IS NOT NULL",
    "CREATE UNIQUE INDEX ledger_entry_once ON ledger_entry (source_id, kind, account, COALESCE(order_id, source_id))",
    "ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_amount CHECK (amount <> 0)",
    _APPEND_ONLY,
    "CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE ON ledger_entry "
    "FOR EACH ROW EXECUTE FUNCTION ledger_entry_append_only()",
    "CREATE TRIGGER ledger_entry_not_emptied BEFORE TRUNCATE ON ledger_entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_append_only()",
)


async def forwards():
    return sql_migration(ID, "payments", STATEMENTS)
