"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "http_0002"

STATEMENTS = (
    "CREATE UNIQUE INDEX idempotency_record_key ON idempotency_record (scope, key)",
    "CREATE INDEX idempotency_record_age ON idempotency_record (created_at)",
)


async def forwards():
    return sql_migration(ID, "http", STATEMENTS)
