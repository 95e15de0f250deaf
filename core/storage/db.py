"""The database as services and queries use it: SQL with structs out, and transactions that retry.

Everything here joins the transaction that is open in the calling task, as Piccolo's own queries do.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from uuid import uuid4

import asyncpg

from . import piccolo_conf
from .engine import Engine, StrangerInTransaction, Transaction, reading

T = TypeVar("T")
P = ParamSpec("P")

RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
AWAY = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
"""What says that the server is away, which is nobody's fault here."""
ABORTED = (asyncpg.InFailedSQLTransactionError,)
"""What a savepoint raises when a statement failed inside and nobody let that be known."""
LOST = (asyncpg.NoActiveSQLTransactionError, asyncpg.InvalidSavepointSpecificationError)
"""What a savepoint raises when its transaction is not there any more."""
ATTEMPTS = 6
_CONTROL = re.compile(
    r"(\s|/\*.*?\*/|--[^\n]*\n)*(begin|start|commit|end|rollback|abort|savepoint|release|prepare|set|reset|discard)\b",
    re.IGNORECASE | re.DOTALL,
)


def engine() -> Engine:
    return piccolo_conf.DB


def only_read() -> None:
    """From here on this task, and what it starts, sees committed data on connections that cannot write."""
    reading.set(True)
    engine().current_transaction.set(None)


def current_transaction() -> Transaction | None:
    """The transaction that is open in this task, or None."""
    return cast("Transaction | None", engine().current_transaction.get())


def _require_tame(sql: str) -> None:
    """Whoever was lent a transaction does not end it, nor changes the session."""
    inside = current_transaction()
    if inside is not None and inside.lent and _CONTROL.match(sql):
        raise StrangerInTransaction(f"This transaction is another's; {sql.split(maxsplit=1)[0]} is not for you.")


@asynccontextmanager
async def connection() -> AsyncIterator[asyncpg.Connection]:
    """The open transaction's connection, or one from the pool."""
    inside = current_transaction()
    if inside is not None:
        yield inside.connection
        return
    async with engine().open_pool.acquire() as pooled:
        yield cast("asyncpg.Connection", pooled)


async def fetch(sql: str, *args: Any) -> list[asyncpg.Record]:
    _require_tame(sql)
    async with connection() as link:
        return await link.fetch(sql, *args)


async def fetch_row(sql: str, *args: Any) -> asyncpg.Record | None:
    _require_tame(sql)
    async with connection() as link:
        return await link.fetchrow(sql, *args)


async def fetch_value(sql: str, *args: Any) -> Any:
    _require_tame(sql)
    async with connection() as link:
        return await link.fetchval(sql, *args)


async def execute(sql: str, *args: Any) -> int:
    """Run a statement; return how many rows it touched."""
    _require_tame(sql)
    inside = current_transaction()
    async with connection() as link:
        status = await (_one_statement(link, sql, args) if inside and inside.lent else link.execute(sql, *args))
    count = status.rsplit(" ", 1)[-1]
    return int(count) if count.isdigit() else 0


async def _one_statement(link: asyncpg.Connection, sql: str, args: Sequence[Any]) -> str:
    """As a prepared statement, of which the server refuses that it is several."""
    prepared = await link.prepare(sql)
    await prepared.fetch(*args)
    return str(prepared.get_statusmsg())


async def rows(shape: type[T], sql: str, *args: Any) -> list[T]:
    """Each row as `shape`, whose fields are the columns' names."""
    return [shape(**record) for record in await fetch(sql, *args)]


async def row(shape: type[T], sql: str, *args: Any) -> T | None:
    record = await fetch_row(sql, *args)
    return None if record is None else shape(**record)


@asynccontextmanager
async def transaction() -> AsyncIterator[Transaction]:
    """Open a transaction, or join the one that is open. Prefer `atomic`, which also retries."""
    async with engine().transaction() as opened:
        yield opened


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """A part of the open transaction that is undone alone when it raises.

    Raises one of ABORTED, or of LOST, when the part has aborted, or ended, the transaction without a word.
    """
    inside = current_transaction()
    if inside is None:
        raise RuntimeError("a savepoint needs an open transaction")
    name = f"s{uuid4().hex}"
    await inside.connection.execute(f"SAVEPOINT {name}")
    try:
        yield
        await inside.connection.execute(f"RELEASE SAVEPOINT {name}")
    except BaseException:
        try:
            await inside.connection.execute(f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")
        except (*LOST, *AWAY):  # so that nobody goes on outside any transaction
            inside.break_off()
        raise


def after_commit(callback: Callable[[], Awaitable[None]]) -> None:
    """Have `callback` called when the open transaction has committed; never if it rolls back."""
    inside = current_transaction()
    if inside is None:
        raise RuntimeError("after_commit needs an open transaction")
    inside.callbacks.append(callback)


def atomic(work: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Run a coroutine function in one transaction; when it is the outermost, retry serialisation failures.

    The function may run several times, so it must keep its effects inside the database.
    """

    @wraps(work)
    async def within(*args: P.args, **kwargs: P.kwargs) -> T:
        if current_transaction() is not None:
            return await work(*args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with engine().transaction():
                    return await work(*args, **kwargs)
            except RETRIED:
                if attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  jitter, not a secret
        raise AssertionError("unreachable")

    return within
