"""One call of one plugin, fenced in: a task of its own, a deadline, and nothing but a value or a failure comes out."""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from typing import Any

from ..errors import GalleriaError
from ..storage import db

GRACE = 0.5
"""Seconds that a call which is too late gets to end itself, before it is left to itself."""

Work = Callable[[], Awaitable[Any]]


class TooLate(GalleriaError):
    """A call did not answer before its deadline."""


class Exits(GalleriaError):
    """A call raised what would end the process."""


async def bounded(work: Work, seconds: float, *, reads: bool) -> Any:
    """Return what `work` returns. Raises TooLate, Exits, and whatever it raises.

    With `reads` it sees committed data and cannot write. Without, it works in the open transaction, which
    is lent to it: what it starts beside cannot use it. A call that does not end when it is cancelled is
    abandoned; a transaction that it was lent is cut off then.
    """
    task = asyncio.create_task(_caught(work, reads=reads))
    inside = None if reads else db.current_transaction()
    with inside.lend(task) if inside else nullcontext():
        try:
            await asyncio.wait((task,), timeout=seconds)
        finally:
            if not task.done() and not await _ended(task) and inside:
                inside.break_off()
    if not task.done() or task.cancelled():
        raise TooLate(f"no answer within {seconds:g} s")
    return task.result()


async def _ended(task: Task[Any]) -> bool:
    task.cancel()
    await asyncio.wait((task,), timeout=GRACE)
    return task.done()


def _caught(work: Work, *, reads: bool) -> Coroutine[Any, Any, Any]:
    async def run() -> Any:
        if reads:
            db.only_read()
        try:
            return await work()
        except (Exception, asyncio.CancelledError):
            raise
        except BaseException as error:  # what would end the process, also in a group
            raise Exits(f"raised {type(error).__name__}") from error

    return run()
