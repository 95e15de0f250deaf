"""The check of a plugin's migrations, on a database of their own."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import AppConfig, Finder

from ...storage import db, migrations
from .databases import empty_database, schema
from .stage import Stage
from .verdict import NotConforming, expect


async def migrated(stage: Stage) -> None:
    """The plugin's migrations run up, down to nothing, and up again to the same; they need no table of anybody else."""
    if not stage.apps:
        return
    async with empty_database(*stage.apps):
        await migrations.migrate()
        built = await schema()
        missing = [table._meta.tablename for table in stage.tables if not _has(built, table._meta.tablename)]  # noqa: SLF001
        expect(not missing, f"No migration makes {', '.join(missing)}. Run `galleria migrations new {stage.name}`.")
        await _down(Finder().get_app_config(stage.name))
        left = await schema()
        expect(not left, "Migrating backwards leaves:\n" + "\n".join(left))
        await migrations.migrate()
        again = await schema()
        expect(again == built, f"Migrated up again, this differs: {sorted(set(again) ^ set(built))}")


def _has(built: list[str], table: str) -> bool:
    return f"r {table}" in built


async def _down(config: AppConfig) -> None:
    found = BaseMigrationManager().get_migration_modules(config.resolved_migrations_folder_path)
    for identity in sorted(found, reverse=True):
        manager = await found[identity].forwards()
        if isinstance(manager, MigrationManager):
            await _back(manager, identity)


@db.atomic
async def _back(manager: MigrationManager, identity: str) -> None:
    expect(manager.raw_backwards or not manager.raw, f"{identity} has no way back. Add one.")
    try:
        with redirect_stdout(io.StringIO()):  # Piccolo tells a terminal
            await manager.run(backwards=True)
    except ValueError as error:
        raise NotConforming(f"{identity} has no way back: {error}") from error
    await Migration.delete().where(Migration.name == identity).run()
