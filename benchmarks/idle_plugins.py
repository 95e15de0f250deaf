"""A quote with six plugins that are on and have nothing to offer, beside the same quote without any: time and queries.

`python -m galleria.benchmarks.idle_plugins`. Both are the HTTP route of the preview, in one process, in turns; the
database is real. Each plugin proposes from rules that it caches, and checks the cart.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import structlog

from ..app import build_mall
from ..core.dispatch.context import Context
from ..core.plugins.metadata import Plugin
from ..core.settings import Settings
from ..core.storage import db, engine, migrations
from ..core.storage.embedded.temporary import temporary
from ..core.testing import factories
from ..core.testing.inline import inline_plugin
from ..core.testing.processes import Process, Processes
from ..core.types import PriceRequest

PLUGINS, LINES, ROUNDS = 6, 5, 400


def idle(name: str) -> Plugin:
    """It looks for its rules, and finds none."""

    async def rules(_: Any) -> Sequence[Any]:
        return await db.fetch("SELECT 1 WHERE false")

    async def propose_offers(ctx: Context, request: PriceRequest) -> Sequence[Any]:  # noqa: ARG001  as most do
        return await ctx.cached("rules", rules)

    async def check_cart(ctx: Context, request: PriceRequest) -> Sequence[Any]:  # noqa: ARG001
        return await ctx.cached("rules", rules)

    return inline_plugin(name, propose_offers, check_cart)


class Counter:
    """Counts the statements of every connection."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, _: Any) -> None:
        self.queries += 1


async def counted(counter: Counter) -> None:
    """Have every connection that is opened from here on tell the counter of its statements."""
    prepare = engine._prepare  # noqa: SLF001  where connections are made ready

    async def prepare_and_count(connection: asyncpg.Connection) -> None:
        await prepare(connection)
        connection.add_query_logger(counter)

    engine._prepare = prepare_and_count  # noqa: SLF001


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    counter = Counter()
    await counted(counter)
    with temporary() as addresses:
        settings = Settings(database_url=addresses.database_url, redis_url=addresses.redis_url, jobs="outside")
        home = build_mall(settings, plugins=[])
        db.engine().bind(settings.database_url)
        await db.engine().start(10)
        await migrations.migrate()
        processes = Processes(home)
        names = [f"idle_{at}" for at in range(PLUGINS)]
        none, six = processes.start([]), processes.start([idle(name) for name in names])
        await _measure(home, none, six, names, counter)
        await processes.end()
        await db.engine().stop()


async def _measure(home: Any, none: Process, six: Process, names: Sequence[str], counter: Counter) -> None:
    shop = await factories.make_shop(home)
    goods = [await factories.make_goods(home, shop) for _ in range(LINES)]
    person = await factories.make_person(home)
    for name in names:
        await factories.enable_plugin(six.mall, name, shop)
    body = {"lines": [{"sku_id": str(one.sku), "quantity": 2} for one in goods]}
    took: dict[str, list[float]] = {"none": [], "six": []}
    queries: dict[str, list[int]] = {"none": [], "six": []}
    for at in range(ROUNDS):
        pairs = [("none", none), ("six", six)]
        for label, process in pairs if at % 2 else reversed(pairs):
            before, began = counter.queries, time.perf_counter()
            response = await process.api.acting_as(person).post("/api/checkouts/preview", body)
            took[label].append(time.perf_counter() - began)
            queries[label].append(counter.queries - before)
            response.raise_for_status()
    for label in took:
        print(f"{label:5} plugins: {statistics.median(took[label]) * 1e3:.2f} ms, {min(queries[label])} queries")
    print(f"ratio {statistics.median(took['six']) / statistics.median(took['none']):.3f}")


if __name__ == "__main__":
    asyncio.run(main())
