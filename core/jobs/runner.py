"""The clockwork: runs each sweep at its interval, and the outbox as soon as something was published.

APScheduler only wakes the sweeps. What is due stands in rows, and two processes share the work by
SKIP LOCKED, so any number of runners may be up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from redis.exceptions import RedisError

from ..mall import Mall
from ..storage.sweeps import Sweep

log = structlog.get_logger(__name__)

CHANNEL = "galleria:wake"


class Runner:
    """Runs sweeps until it is stopped. `wake()` makes the outbox run now, in this process and, by Redis, in others."""

    def __init__(self, mall: Mall, sweeps: Sequence[Sweep]) -> None:
        self.mall = mall
        self._sweeps = {sweep.name: sweep for sweep in sweeps}
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._listener: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        self._courier: asyncio.Task[None] | None = None

    def start(self) -> None:
        for sweep in self._sweeps.values():
            self._scheduler.add_job(
                self.run, "interval", seconds=sweep.every, args=[sweep], max_instances=1, coalesce=True, id=sweep.name
            )
        self._scheduler.start()
        self._listener = asyncio.create_task(self._listen())
        self._courier = asyncio.create_task(self._deliver_when_woken())

    async def stop(self) -> None:
        self._scheduler.shutdown(wait=False)
        tasks = [task for task in (self._listener, self._courier) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run(self, sweep: Sweep) -> int:
        """Run one sweep. A failure is logged; the next interval tries again."""
        try:
            return await sweep.run(self.mall)
        except Exception as error:  # a sweep must never end the clockwork
            log.error("sweep_failed", sweep=sweep.name, exc_info=error)
            return 0

    async def wake(self) -> None:
        self._wanted.set()

    async def _deliver_when_woken(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self.run(self._sweeps["outbox"])

    async def _listen(self) -> None:
        while True:
            try:
                async with self.mall.redis.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    async for _ in channel.listen():
                        self._wanted.set()
            except (RedisError, OSError) as error:
                log.warning("wake_channel_lost", error=str(error))
                await asyncio.sleep(2)


async def announce(mall: Mall) -> None:
    """Tell runners in other processes that the outbox has something; without Redis they find it by themselves."""
    try:
        await mall.redis.publish(CHANNEL, b"")
    except (RedisError, OSError) as error:
        log.warning("wake_not_sent", error=str(error))
