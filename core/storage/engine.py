"""Piccolo's PostgreSQL engine, made lazy, with transactions that always give their connection back."""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, cast

import asyncpg
import msgspec
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from ..errors import GalleriaError, Unavailable

reading: ContextVar[bool] = ContextVar("reading", default=False)
"""Whether this task may only read: its connections come from a pool of their own and cannot write."""

_SETTINGS = {"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"}
_READING = {"default_transaction_read_only": "on"}


class Connection(asyncpg.Connection):
    """A connection without the reset round trip on release: safe, since no session state is ever set."""

    def get_reset_query(self) -> str:
        return ""


def _encode_json(value: Any) -> str:
    # Piccolo hands over JSON text already encoded; our own SQL hands over values.
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


async def _prepare(connection: asyncpg.Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_encode_json, decoder=msgspec.json.decode)


class StrangerInTransaction(GalleriaError):
    """A task used a transaction that is not its own. Start tasks after the commit."""


class Transaction(PostgresTransaction):
    """A transaction whose connection returns to the pool whatever happens at its end.

    It belongs to the task that opened it: a task that was started inside and goes on after its end, or beside
    it, cannot use the connection. `after_commit` callbacks run, in order, when the outermost has committed.
    """

    def __init__(self, engine: Engine, allow_nested: bool = True) -> None:
        super().__init__(engine, allow_nested)
        self._link: asyncpg.Connection | None = None
        self.owner: Task[Any] | None = None
        self.lent = False
        self.pool = engine.open_pool
        self.callbacks: list[Callable[[], Awaitable[None]]] = []

    @property
    def outermost(self) -> bool:
        return self._parent is None

    @property
    def connection(self) -> asyncpg.Connection:
        """The connection. Raises StrangerInTransaction for any task but the owner."""
        if self._link is None or self.owner is not asyncio.current_task():
            raise StrangerInTransaction("This transaction belongs to another task, or is over.")
        return self._link

    @contextmanager
    def lend(self, task: Task[Any]) -> Iterator[None]:
        """Let `task`, and nobody else, use the connection for a while."""
        owner, lent = self.owner, self.lent
        self.owner, self.lent = task, True
        try:
            yield
        finally:
            self.owner, self.lent = owner, lent

    def break_off(self) -> None:
        """Cut the connection, so that nobody goes on with it: neither whoever was lent it, nor the owner."""
        with suppress(asyncpg.InterfaceError):  # cut already
            if self._link is not None:
                self._link.terminate()

    async def __aenter__(self) -> Transaction:
        if not self.outermost:
            return cast("Transaction", self._parent)
        link = cast("Any", await self.pool.acquire())
        try:
            self.transaction = link.transaction()
            await self.transaction.start()
        except BaseException:  # cut off while it begins: the connection must not be lost
            await self.pool.release(link)
            raise
        self._link, self.owner = link, asyncio.current_task()
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        if not self.outermost:
            return False
        try:
            await (self._undo() if exception else self.transaction.commit())
        finally:
            self.engine.current_transaction.reset(self.context)
            link, self._link, self.owner = self._link, None, None
            await self.pool.release(cast("Any", link))
        if exception is None:
            await self._run_callbacks()
        return False

    async def _undo(self) -> None:
        """Roll back; a connection that is gone has done so already, and hides the reason from nobody."""
        with suppress(asyncpg.InterfaceError, asyncpg.PostgresConnectionError, OSError):
            await self.transaction.rollback()

    async def _run_callbacks(self) -> None:
        for callback in self.callbacks:
            await callback()


class Engine(PostgresEngine):
    """The engine of a process: made without an address at import, bound to one at start.

    It has two pools: one for everything, and a smaller one of connections that cannot write, for `reading` tasks.
    """

    def __init__(self) -> None:
        self.pools: dict[bool, asyncpg.Pool] = {}
        super().__init__(config={})

    @property
    def pool(self) -> asyncpg.Pool | None:
        return self.pools.get(reading.get())

    @pool.setter
    def pool(self, pool: asyncpg.Pool | None) -> None:
        """Piccolo sets it to None when it is made."""

    async def check_version(self) -> None:
        """Nothing is reached at import; the pool's start tells whether the server is there."""

    async def prep_database(self) -> None:
        """Extensions are made by migrations."""

    def bind(self, url: str) -> None:
        self.config = {"dsn": url}

    async def start(self, size: int) -> None:
        """Open the pool. Raises OSError or asyncpg.PostgresError when the server is away."""
        self.pools = {False: await self._open(size), True: await self._open(max(2, size // 2), **_READING)}

    async def _open(self, size: int, **settings: str) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            self.config["dsn"],
            min_size=0 if settings else min(2, size),
            max_size=size,
            connection_class=Connection,
            init=_prepare,
            server_settings=_SETTINGS | settings,
            command_timeout=60,
        )

    async def stop(self) -> None:
        pools, self.pools = self.pools, {}
        for pool in pools.values():
            await pool.close()

    async def get_new_connection(self) -> asyncpg.Connection:
        """A connection outside the pool, for the commands that run without one."""
        connection = await asyncpg.connect(self.config["dsn"], connection_class=Connection)
        await _prepare(connection)
        return connection

    @property
    def open_pool(self) -> asyncpg.Pool:
        """The running pool. Raises Unavailable before `start` and after `stop`."""
        if self.pool is None:
            raise Unavailable("The database pool is not running.", code="database_unavailable")
        return self.pool

    def transaction(self, allow_nested: bool = True) -> Transaction:
        return Transaction(self, allow_nested)
