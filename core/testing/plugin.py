"""Pytest fixtures for Galleria and for plugins: the real engines, a mall, its API, and people and goods in it.

Every test shares one database and makes its own stores and people, so that tests see each other no more
than strangers in one mall do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
import structlog
from litestar import Litestar

from ..clock import AdjustableClock
from ..mall import Mall
from ..plugins.metadata import Plugin
from ..settings import Settings
from ..storage.embedded import Addresses
from ..storage.embedded.temporary import temporary
from . import factories, shopping
from .client import Api
from .factories import Shop
from .inline import inline_plugin
from .processes import Process, Processes
from .shopping import Cart, Shopper, make_shopper

session = partial(pytest_asyncio.fixture, scope="session", loop_scope="session")


@pytest.fixture(scope="session")
def addresses() -> Iterator[Addresses]:
    """Embedded PostgreSQL and Valkey in a folder of their own, gone after the session."""
    with temporary() as running:
        yield running


@session()
async def application(addresses: Addresses) -> AsyncIterator[Litestar]:
    """The application with every installed plugin, on a migrated database; sweeps run only when a test says so."""
    from ...app import build_mall, create_app
    from ..storage import db, migrations

    settings = Settings(
        database_url=addresses.database_url, redis_url=addresses.redis_url, jobs="outside", log_level="critical"
    )
    _quiet()
    mall = build_mall(settings, clock=AdjustableClock())
    db.engine().bind(settings.database_url)
    await db.engine().start(30)
    await migrations.migrate()
    async with _serving(create_app(mall)) as served:
        yield served
    await db.engine().stop()


def _quiet() -> None:
    """Log into nothing, in plain words: a test that wants to see it captures it."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
        logger_factory=structlog.PrintLoggerFactory(Path(os.devnull).open("w")),  # noqa: SIM115  open for good
        cache_logger_on_first_use=False,
    )


@asynccontextmanager
async def _serving(application: Litestar) -> AsyncIterator[Litestar]:
    """Hold the application's lifespan in one task, as a server does; fixtures end in another one."""
    ready, done = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with application.lifespan():
            ready.set()
            await done.wait()

    living = asyncio.create_task(live())
    await asyncio.wait([living, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
    if living.done():
        await living
    yield application
    done.set()
    await living


@pytest_asyncio.fixture(loop_scope="session")
async def mall(application: Litestar) -> AsyncIterator[Mall]:
    """The running mall. Its clock is back at the system's time after each test."""
    running: Mall = application.state.mall
    yield running
    running.clock.reset()  # type: ignore[attr-defined]  # the fixture above made it adjustable


@pytest.fixture
def clock(mall: Mall) -> AdjustableClock:
    """The mall's clock: `clock.move(timedelta(hours=1))`, `clock.hold()`."""
    assert isinstance(mall.clock, AdjustableClock)  # noqa: S101  tells the type
    return mall.clock


@pytest_asyncio.fixture(loop_scope="session")
async def api(application: Litestar) -> AsyncIterator[Api]:
    """An anonymous client of the API."""
    transport = httpx.ASGITransport(cast("Any", application))
    async with httpx.AsyncClient(transport=transport, base_url="http://mall.test") as http:
        yield Api(http)


def _factory(name: str) -> Any:
    @pytest.fixture(name=name)
    def make(mall: Mall) -> Callable[..., Awaitable[Any]]:
        return partial(getattr(factories, name), mall)

    make.__doc__ = f"`core.testing.factories.{name}`, bound to the mall."
    return make


make_person = _factory("make_person")
make_shop = _factory("make_shop")
make_member = _factory("make_member")
make_goods = _factory("make_goods")
enable_plugin = _factory("enable_plugin")


@pytest.fixture
def inline() -> Callable[..., Plugin]:
    """`core.testing.inline.inline_plugin`: makes a plugin of functions that are named like hooks."""
    return inline_plugin


@pytest_asyncio.fixture(loop_scope="session")
async def processes(mall: Mall) -> AsyncIterator[Processes]:
    """Makes other processes on the same database."""
    made = Processes(mall)
    yield made
    await made.end()


@pytest.fixture
def mall_with(processes: Processes) -> Callable[..., Process]:
    """`mall, api = mall_with(plugin, hook_deadline=0.1)`: a process that has it beside what is installed."""
    return processes.beside


@pytest_asyncio.fixture(loop_scope="session")
async def store(mall: Mall) -> Shop:
    """A store of its own."""
    return await factories.make_shop(mall)


@pytest_asyncio.fixture(loop_scope="session")
async def shopper(mall: Mall, api: Api) -> Shopper:
    """Somebody who is signed in and has an address."""
    return await make_shopper(mall, api)


@pytest.fixture
def cart(shopper: Shopper) -> Cart:
    """The shopper's cart: `add`, `ask`, `view`, `quote`, `place`."""
    return Cart(shopper)


@pytest_asyncio.fixture(loop_scope="session")
async def deliver(mall: Mall) -> Callable[[], Awaitable[int]]:
    """Deliver the outbox until nothing is due; returns how many deliveries were tried."""
    return partial(shopping.deliver, mall)
