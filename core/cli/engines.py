"""What every command needs: settings, both engines, and a mall on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import click
from msgspec.structs import replace

from ...app import build_mall
from .. import logs
from ..errors import StartupError
from ..mall import Mall
from ..settings import Settings, load
from ..storage import db, migrations
from ..storage.embedded import Embedded
from .serving import orderly

T = TypeVar("T")


@contextmanager
def engines() -> Iterator[Settings]:
    """The settings with both addresses filled in: embedded servers stand in for what the environment does not name."""
    settings = load()
    logs.configure(settings)
    if settings.database_url and settings.redis_url:
        yield settings
        return
    embedded = Embedded(settings.data_path, fsync=settings.embedded_fsync)
    with orderly():
        try:
            found = embedded.start(postgres=not settings.database_url, redis=not settings.redis_url)
            yield replace(
                settings,
                database_url=settings.database_url or found.database_url,
                redis_url=settings.redis_url or found.redis_url,
            )
        finally:
            embedded.stop()


@asynccontextmanager
async def opened(settings: Settings, *, pool: int = 10) -> AsyncIterator[Mall]:
    """A mall on a started pool. Raises StartupError when the database has migrations to run."""
    async with _connected(settings, pool) as mall:
        waiting = await migrations.pending()
        if waiting:
            raise StartupError(f"{len(waiting)} migrations have not been run. Run `galleria migrate`.")
        yield mall


@asynccontextmanager
async def _connected(settings: Settings, pool: int) -> AsyncIterator[Mall]:
    mall = build_mall(settings)
    db.engine().bind(settings.database_url)
    await db.engine().start(pool)
    try:
        yield mall
    finally:
        await mall.redis.aclose()
        await db.engine().stop()


async def migrate(settings: Settings) -> int:
    """Run what has not been run; say each migration's name."""
    async with _connected(settings, 4):
        return await migrations.migrate(click.echo)


def run(work: Callable[[Mall], Awaitable[T]]) -> T:
    """Run one piece of work on the mall that the environment names, and end what was started for it."""

    async def within(settings: Settings) -> T:
        async with opened(settings) as mall:
            return await work(mall)

    with engines() as settings:
        return asyncio.run(within(settings))
