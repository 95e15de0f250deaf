"""Migrations in SQL, for what Piccolo's columns cannot say: checks, composite keys, partial indexes."""

from __future__ import annotations

from collections.abc import Sequence

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from . import db


def sql_migration(
    identity: str, app_name: str, statements: Sequence[str], undo: Sequence[str] = ()
) -> MigrationManager:
    """A migration that runs `statements` in order; `undo` takes them back. For plugins too."""
    manager = MigrationManager(migration_id=identity, app_name=app_name, description="checks, keys and indexes")

    async def forwards() -> None:
        for statement in statements:
            await db.execute(statement)

    async def backwards() -> None:
        for statement in undo:
            await db.execute(statement)

    manager.add_raw(forwards)
    manager.add_raw_backwards(backwards)
    return manager
