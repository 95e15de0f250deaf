"""Piccolo's PostgreSQL engine, made lazy, with transactions that always give their connection back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

import asyncpg
import msgspec
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from ..errors import Unavailable

_SETTINGS = {"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"}


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


class Transaction(PostgresTransaction):
    """A transaction whose connection returns to the pool whatever happens at its end.

    `after_commit` callbacks run, in order, when the outermost transaction has committed.
    """

    def __init__(self, engine: Engine, allow_nested: bool = True) -> None:
        super().__init__(engine, allow_nested)
        self.pool = engine.open_pool
        self.callbacks: list[Callable[[], Awaitable[None]]] = []

    @property
    def outermost(self) -> bool:
        return self._parent is None

    async def __aenter__(self) -> Transaction:
        if not self.outermost:
            return cast("Transaction", self._parent)
        self.connection = await self.pool.acquire()
        try:
            self.transaction = self.connection.transaction()
            await self.transaction.start()
        except BaseException:  # cut off while it begins: the connection must not be lost
            await self.pool.release(self.connection)
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        if not self.outermost:
            return False
        try:
            await (self.transaction.rollback() if exception else self.transaction.commit())
        finally:
            self.engine.current_transaction.reset(self.context)
            await self.pool.release(self.connection)
        if exception is None:
            await self._run_callbacks()
        return False

    async def _run_callbacks(self) -> None:
        for callback in self.callbacks:
            await callback()


class Engine(PostgresEngine):
    """The engine of a process: made without an address at import, bound to one at start."""

    def __init__(self) -> None:
        super().__init__(config={})

    async def check_version(self) -> None:
        """Nothing is reached at import; the pool's start tells whether the server is there."""

    async def prep_database(self) -> None:
        """Extensions are made by migrations."""

    def bind(self, url: str) -> None:
        self.config = {"dsn": url}

    async def start(self, size: int) -> None:
        """Open the pool. Raises OSError or asyncpg.PostgresError when the server is away."""
        self.pool = await asyncpg.create_pool(
            self.config["dsn"],
            min_size=min(2, size),
            max_size=size,
            connection_class=Connection,
            init=_prepare,
            server_settings=_SETTINGS,
            command_timeout=60,
        )

    async def stop(self) -> None:
        pool, self.pool = self.pool, None
        if pool is not None:
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
