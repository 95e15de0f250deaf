"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "storage_0002"

STATEMENTS = (
    "CREATE INDEX outbox_delivery_fresh ON outbox_delivery (recipient, next_at, event_id) WHERE state = 'pending' AND attempts = 0",
    "CREATE INDEX outbox_delivery_again ON outbox_delivery (recipient, next_at, event_id) WHERE state = 'pending' AND attempts > 0",
    "CREATE INDEX outbox_delivery_parked ON outbox_delivery (id) WHERE state = 'parked'",
    "CREATE INDEX outbox_delivery_subject ON outbox_delivery (subject_id, recipient, event_id) WHERE state <> 'done'",
    "CREATE INDEX outbox_delivery_event ON outbox_delivery (event_id)",
    "ALTER TABLE outbox_delivery ADD CONSTRAINT outbox_delivery_state CHECK (state IN ('pending', 'done', 'parked'))",
    "ALTER TABLE outbox_delivery ADD CONSTRAINT outbox_delivery_to FOREIGN KEY (event_id) REFERENCES outbox_event (id)",
)


async def forwards():
    return sql_migration(ID, "storage", STATEMENTS)
