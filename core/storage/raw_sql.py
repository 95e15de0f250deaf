"""Migrations in SQL, for what Piccolo's columns cannot say: checks, composite keys, partial indexes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from . import db

_NAME = r'(?P<name>"[^"]+"|[\w.]+)'
_TABLE = r'(?P<table>"[^"]+"|[\w.]+)'
_INVERSES = tuple(
    (re.compile(r"\s*" + made.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL), undone)
    for made, undone in (
        (rf"CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?{_NAME}", "DROP INDEX IF EXISTS {name}"),
        (rf"CREATE TABLE (?:IF NOT EXISTS )?{_NAME}", "DROP TABLE IF EXISTS {name}"),
        (rf"CREATE (?:OR REPLACE )?VIEW {_NAME}", "DROP VIEW IF EXISTS {name}"),
        (rf"CREATE MATERIALIZED VIEW (?:IF NOT EXISTS )?{_NAME}", "DROP MATERIALIZED VIEW IF EXISTS {name}"),
        (rf"CREATE (?:OR REPLACE )?FUNCTION {_NAME}", "DROP FUNCTION IF EXISTS {name}"),
        (
            rf"CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER {_NAME} .*? ON {_TABLE}",
            "DROP TRIGGER IF EXISTS {name} ON {table}",
        ),
        (
            rf"ALTER TABLE (?:ONLY )?{_TABLE} ADD CONSTRAINT {_NAME}",
            "ALTER TABLE IF EXISTS {table} DROP CONSTRAINT IF EXISTS {name}",
        ),
        (
            rf"ALTER TABLE (?:ONLY )?{_TABLE} ADD COLUMN (?:IF NOT EXISTS )?{_NAME}",
            "ALTER TABLE IF EXISTS {table} DROP COLUMN IF EXISTS {name}",
        ),
    )
)
_LEFT = re.compile(r"\s*(insert|update|delete|with|comment|analyze|create\s+extension)\b", re.IGNORECASE)
"""What needs no undoing: rows go with their tables, and an extension may be used by others."""


class NotReversible(ValueError):
    """A statement of which nobody said how it is taken back."""


def sql_migration(
    identity: str, app_name: str, statements: Sequence[str], undo: Sequence[str] = ()
) -> MigrationManager:
    """A migration that runs `statements` in order; `undo` takes them back. For plugins too.

    Without `undo`, what the statements made is dropped in reverse, which `inverse` knows for the usual ones.
    """
    manager = MigrationManager(migration_id=identity, app_name=app_name, description="checks, keys and indexes")

    async def forwards() -> None:
        for statement in statements:
            await db.execute(statement)

    async def backwards() -> None:
        for statement in undo or inverses(statements):
            await db.execute(statement)

    manager.add_raw(forwards)
    manager.add_raw_backwards(backwards)
    return manager


def inverses(statements: Sequence[str]) -> list[str]:
    """What takes the statements back, the last one first. Raises NotReversible."""
    found = [inverse(statement) for statement in reversed(statements)]
    return [statement for statement in found if statement]


def inverse(statement: str) -> str:
    """What drops the thing that the statement made, '' for a statement about rows. Raises NotReversible."""
    for made, undone in _INVERSES:
        match = made.match(statement)
        if match:
            return undone.format(**match.groupdict())
    if _LEFT.match(statement):
        return ""
    raise NotReversible(f"Say by `undo` how to take this back: {' '.join(statement.split())[:200]}")
