"""Answers kept for repeated requests."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, Bytea, SmallInt, Timestamptz, Varchar
from piccolo.table import Table

from ..ids import new_id


class IdempotencyRecord(Table, tablename="idempotency_record", tags=["mall"]):
    """What was answered to a key. `scope` hashes caller, method and path; `body_hash` the body."""

    id = UUID(primary_key=True, default=new_id)
    scope = Bytea()
    key = Varchar(length=200)
    body_hash = Bytea()
    status = SmallInt(null=True, default=None)
    answer = JSONB(null=True, default=None)
    headers = JSONB(null=True, default=None)
    created_at = Timestamptz()
