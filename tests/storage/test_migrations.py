from __future__ import annotations

import asyncio

import pytest
from galleria.core.errors import StartupError
from galleria.core.storage import db, migrations


async def test_migrating_twice_runs_nothing(mall):
    """A migrated database has nothing pending, and migrating again runs nothing."""
    assert await migrations.pending() == []
    assert await migrations.migrate() == 0


async def test_two_nodes_that_start_together_take_turns(mall):
    """Migrating from two tasks at once, each with a connection of its own, runs everything once."""
    assert await asyncio.gather(migrations.migrate(), migrations.migrate()) == [0, 0]


async def test_the_lock_excludes(mall):
    """While one holds the migration lock, another cannot take it."""
    async with migrations.locked():
        taken = await db.fetch_value("SELECT pg_try_advisory_xact_lock($1)", migrations.LOCK)
    assert taken is False


async def test_an_id_that_does_not_begin_with_its_app_is_refused(mall, monkeypatch):
    """Ids are global, so a plugin that names its migration `0001` would hide somebody else's."""
    config = migrations._configs()[0]
    monkeypatch.setattr(migrations.BaseMigrationManager, "get_migration_modules", lambda self, path: {"0001": None})
    with pytest.raises(StartupError, match=f"must be named {config.app_name}_<number>"):
        migrations._modules(config)
