"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "checkout_0002"

STATEMENTS = (
    "CREATE INDEX checkout_expiry ON checkout (expires_at) WHERE state = 'placed'",
    "CREATE INDEX checkout_account ON checkout (account_id, id DESC)",
    "CREATE UNIQUE INDEX checkout_payment ON checkout (payment_id) WHERE payment_id IS NOT NULL",
    "ALTER TABLE checkout ADD CONSTRAINT checkout_state CHECK (state IN ('placed', 'paid', 'cancelled'))",
    "ALTER TABLE checkout ADD CONSTRAINT checkout_amounts CHECK (due >= 0 AND total >= due)",
)


async def forwards():
    return sql_migration(ID, "checkout", STATEMENTS)
