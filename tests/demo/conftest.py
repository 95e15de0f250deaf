"""The demo in a database of its own, loaded with every interruption that these tests look at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from galleria.app import build_mall
from galleria.core.demo import DemoSummary, goods, load
from galleria.core.ids import new_id
from galleria.core.mall import Mall
from galleria.core.providers import (
    AttemptRequest,
    AttemptStarted,
    AttemptState,
    AttemptStatus,
    CaptureFact,
    InvalidNotification,
    RefundRequest,
    RefundState,
    RefundStatus,
)
from galleria.core.settings import Settings
from galleria.core.storage import db, migrations
from galleria.core.storage.embedded import Addresses
from galleria.core.storage.engine import Engine
from msgspec import Struct


class PowerCut(BaseException):
    """The process ends here."""


class PlaySandbox:
    """A provider that keeps play money in memory and can pay by itself; the power fails after `fails_at` payments."""

    code, merchant, app = "play", "merchant-1", "app-1"
    label: Mapping[str, str] = {"zh-CN": "游戏币", "en": "Play money"}

    def __init__(self, now: Any) -> None:
        self.now = now
        self.attempts: dict[UUID, AttemptRequest] = {}
        self.captures: dict[UUID, CaptureFact] = {}
        self.refunds: dict[UUID, RefundStatus] = {}
        self.fails_at = 0

    async def pay_as_buyer(self, attempt_id: UUID) -> None:
        due = self.attempts[attempt_id]
        self.captures[attempt_id] = CaptureFact(
            attempt_id=attempt_id,
            provider_transaction=uuid4().hex,
            amount=due.amount,
            currency=due.currency,
            merchant=self.merchant,
            app=self.app,
            captured_at=self.now(),
        )
        if len(self.captures) == self.fails_at:
            raise PowerCut

    async def create(self, attempt: AttemptRequest) -> AttemptStarted:
        self.attempts[attempt.attempt_id] = attempt
        return AttemptStarted(provider_reference=attempt.attempt_id.hex)

    async def query(self, attempt_id: UUID) -> AttemptStatus:
        capture = self.captures.get(attempt_id)
        return AttemptStatus(state=AttemptState.SUCCEEDED if capture else AttemptState.PENDING, capture=capture)

    async def close(self, attempt_id: UUID) -> AttemptStatus:
        capture = self.captures.get(attempt_id)
        return AttemptStatus(state=AttemptState.SUCCEEDED if capture else AttemptState.CLOSED, capture=capture)

    async def refund(self, refund: RefundRequest) -> RefundStatus:
        status = RefundStatus(
            refund_id=refund.refund_id, state=RefundState.SUCCEEDED, amount=refund.amount, currency=refund.currency
        )
        return self.refunds.setdefault(refund.refund_id, status)

    async def query_refund(self, refund_id: UUID) -> RefundStatus:
        return self.refunds.get(refund_id) or RefundStatus(refund_id=refund_id, state=RefundState.NOT_FOUND)

    async def parse_notification(self, request: Any) -> Any:
        raise InvalidNotification("This bank sends no notifications.")


class Loaded(Struct, kw_only=True):
    """The mall with the demo, and what each run said of itself and left behind."""

    mall: Mall
    url: str
    redis_url: str
    sandbox: PlaySandbox
    without_sandbox: DemoSummary
    completed: DemoSummary
    repeated: DemoSummary
    counts: list[dict[str, int]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo(addresses: Addresses) -> AsyncIterator[tuple[Loaded, asyncpg.Pool]]:
    """Power cut among the products; no sandbox; power cut after a payment; a run to the end; and once more."""
    mall = build_mall(Settings(redis_url=addresses.redis_url, jobs="outside"))
    async with database(addresses.database_url) as (url, pool):
        with bound(pool, url):
            loaded = await _load(mall, url, addresses.redis_url)
        yield loaded, pool
    await mall.redis.aclose()


@pytest.fixture
def loaded(demo: tuple[Loaded, asyncpg.Pool]) -> Iterator[Loaded]:
    """The demo, in whose database this test is."""
    found, pool = demo
    with bound(pool, found.url):
        yield found


async def _load(mall: Mall, url: str, redis_url: str) -> Loaded:
    await migrations.migrate()
    sandbox = PlaySandbox(mall.now)
    mall.plugins.providers.clear()
    with failing_products(30), pytest.raises(PowerCut):
        await load(mall)
    without_sandbox = await load(mall)
    mall.plugins.providers[sandbox.code] = sandbox
    sandbox.fails_at = 3
    with pytest.raises(PowerCut):
        await load(mall)
    completed, first = await load(mall), await counts()
    repeated, second = await load(mall), await counts()
    return Loaded(
        mall=mall,
        url=url,
        redis_url=redis_url,
        sandbox=sandbox,
        without_sandbox=without_sandbox,
        completed=completed,
        repeated=repeated,
        counts=[first, second],
    )


@asynccontextmanager
async def database(server: str) -> AsyncIterator[tuple[str, asyncpg.Pool]]:
    """A database of its own on the session's server, and a pool of connections to it."""
    name, engine = f"demo_{new_id().hex[-12:]}", Engine()
    await _administer(server, f"CREATE DATABASE {name}")
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    engine.bind(url)
    await engine.start(10)
    try:
        yield url, engine.open_pool
    finally:
        await engine.stop()
        await _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def bound(pool: asyncpg.Pool, url: str) -> Iterator[None]:
    """Have the process's engine use this pool, and then again what it used before."""
    engine = db.engine()
    before = engine.pools, engine.config
    engine.pools, engine.config = {False: pool, True: pool}, {"dsn": url}
    try:
        yield
    finally:
        engine.pools, engine.config = before


async def _administer(server: str, sql: str) -> None:
    link = await asyncpg.connect(server)
    try:
        await link.execute(sql)
    finally:
        await link.close()


@contextmanager
def failing_products(number: int) -> Iterator[None]:
    """The power fails while that many products are being put on sale: in the middle of one."""
    made, real = 0, goods.products.put_on_sale

    async def put_on_sale(*args: Any) -> None:
        nonlocal made
        made += 1
        if made == number:
            raise PowerCut
        await real(*args)

    goods.products.put_on_sale = put_on_sale
    try:
        yield
    finally:
        goods.products.put_on_sale = real


async def counts() -> dict[str, int]:
    """How many rows each table has."""
    tables = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    names = [row["tablename"] for row in tables]
    return {name: await db.fetch_value(f'SELECT count(*) FROM "{name}"') for name in names}
