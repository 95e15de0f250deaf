"""Migrations of core and of every discovered plugin: one command, under one lock, each in one transaction."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, redirect_stdout

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import AppConfig, Finder, MigrationModule

from ..errors import StartupError
from . import db
from .raw_sql import NotReversible

LOCK = 0x6A11E21A
"""The advisory lock's key: session-level advisory locks are used for migrations only."""


@asynccontextmanager
async def locked() -> AsyncIterator[None]:
    """Hold the migration lock on a connection of its own, so that two starting nodes take turns."""
    link = await db.engine().get_new_connection()
    try:
        await link.execute("SELECT pg_advisory_lock($1)", LOCK)
        yield
    finally:
        await link.close()


async def migrate(report: Callable[[str], None] = lambda _: None) -> int:
    """Run what has not been run yet; return how many migrations that were. `report` is told each one's name.

    Raises StartupError when a migration's id does not begin with its app's name, since ids are global.
    """
    async with locked():
        await BaseMigrationManager().create_migration_table()
        return sum([await _migrate_app(config, report) for config in _configs()])


async def pending() -> list[str]:
    """The ids of migrations that this installation has and the database has not run."""
    if not await Migration.table_exists().run():
        return [identity for config in _configs() for identity in _modules(config)]
    ran = {name for config in _configs() for name in await _already_ran(config)}
    return [identity for config in _configs() for identity in _modules(config) if identity not in ran]


def _configs() -> list[AppConfig]:
    finder = Finder()
    return [finder.get_app_config(name) for name in finder.get_sorted_app_names()]


def _modules(config: AppConfig) -> dict[str, MigrationModule]:
    modules = BaseMigrationManager().get_migration_modules(config.resolved_migrations_folder_path)
    for identity in modules:
        if not identity.startswith(f"{config.app_name}_"):
            raise StartupError(f"Migration {identity!r} must be named {config.app_name}_<number>.")
    return dict(sorted(modules.items()))


async def _already_ran(config: AppConfig) -> list[str]:
    return await Migration.get_migrations_which_ran(app_name=config.app_name)


async def _migrate_app(config: AppConfig, report: Callable[[str], None]) -> int:
    ran = set(await _already_ran(config))
    todo = {identity: module for identity, module in _modules(config).items() if identity not in ran}
    for identity, module in todo.items():
        await _run(config, identity, module)
        report(identity)
    return len(todo)


@db.atomic
async def _run(config: AppConfig, identity: str, module: MigrationModule) -> None:
    manager = await module.forwards()
    if isinstance(manager, MigrationManager):
        with redirect_stdout(io.StringIO()):  # Piccolo tells a terminal; `report` tells whoever asked
            await manager.run()
    await Migration.insert(Migration(name=identity, app_name=config.app_name)).run()


async def take_back(app_name: str) -> list[str]:
    """Run an app's migrations backwards inside the open transaction, the last one first; return their ids.

    Hold `locked()` around the transaction. Its tables are gone after that, and `migrate` makes them anew. Raises
    StartupError for a migration that this installation does not have, or that cannot be taken back.
    """
    config = Finder().get_app_config(app_name)
    modules, ran = _modules(config), await _already_ran(config)
    for identity in sorted(ran, reverse=True):
        if identity not in modules:
            raise StartupError(
                f"The migration {identity} is not in the installed version. Install the one that ran it."
            )
        await _undo(identity, modules[identity])
    return ran


async def _undo(identity: str, module: MigrationModule) -> None:
    manager = await module.forwards()
    if not isinstance(manager, MigrationManager):
        raise StartupError(f"The migration {identity} does not say how it is taken back.")
    try:
        with redirect_stdout(io.StringIO()):
            await manager.run(backwards=True)
    except NotReversible as error:
        raise StartupError(f"The migration {identity} cannot be taken back. {error}") from error
    await Migration.delete().where(Migration.name == identity).run()
