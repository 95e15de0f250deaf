"""Many rows by one statement, whatever their number: the rows travel as one JSON array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import db


async def insert(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; other columns take their defaults.

    `table` and the column names come from code, never from a client.
    """
    if not rows:
        return
    columns = ", ".join(rows[0])
    sql = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1)"  # noqa: S608
    await db.execute(sql, list(rows))
