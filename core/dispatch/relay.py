"""Many calls one after the other in one task, each with its deadline: for what is asked on every quote.

A task for each call costs several turns of the event loop; plugins that answer at once need none. A call that
is too late ends the task, and the calls after it go on in another one.
"""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from ..storage import db
from .calls import GRACE, Exits, TooLate, Work


class _Leg(Struct):
    """Where one task is: at the call number `at`, `since` a moment of the loop's clock, told to stop or not."""

    at: int
    since: float = 0.0
    stopped: bool = False


async def relay(works: Sequence[Work], seconds: float) -> list[Any]:
    """Return what each call returned, or the exception instead: TooLate, Exits, or whatever it raised.

    All of them see committed data and cannot write. A call that does not end when it is cancelled is abandoned.
    """
    results: list[Any] = [None] * len(works)
    at = 0
    while at < len(works):
        leg = _Leg(at)
        task = asyncio.create_task(_run(works, leg, results))
        try:
            await _finished(task, leg, seconds)
        finally:
            leg.stopped = True
            if not task.done():
                task.cancel()
                await asyncio.wait((task,), timeout=GRACE)
        if task.done() and not task.cancelled():
            at = leg.at
        else:
            results[leg.at] = TooLate(f"no answer within {seconds:g} s")
            at = leg.at + 1
    return results


async def _finished(task: Task[None], leg: _Leg, seconds: float) -> None:
    """Wait until the task is done, or the call that it is at is too late."""
    loop = asyncio.get_running_loop()
    leg.since = loop.time()
    while not task.done() and (left := leg.since + seconds - loop.time()) > 0:
        await asyncio.wait((task,), timeout=left)


async def _run(works: Sequence[Work], leg: _Leg, results: list[Any]) -> None:
    loop = asyncio.get_running_loop()
    while leg.at < len(works):
        leg.since = loop.time()
        db.only_read()
        result = await _caught(works[leg.at], leg)
        if leg.stopped:
            raise asyncio.CancelledError
        results[leg.at] = result
        leg.at += 1


async def _caught(work: Work, leg: _Leg) -> Any:
    try:
        return await work()
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if leg.stopped or task is None:
            raise
        task.uncancel()
        return TooLate(f"cancelled itself: {error}")
    except Exception as error:  # foreign code may raise anything
        return error
    except BaseException as error:  # what would end the process, also in a group
        return Exits(f"raised {type(error).__name__}")
