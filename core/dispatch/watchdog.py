"""A thread that watches the loop from outside: one that stands still ends its worker, which is started again.

A plugin that blocks the loop cannot be prevented, so it is found out: its code is on the loop's stack. What was
found is left in a file, for the next worker to write down where the operator sees it. Where Python itself stands
still with the loop, in a regular expression for example, no thread of Python runs either: then `faulthandler`, which
needs none, writes the stack and ends the worker.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec
import structlog

from ..mall import Mall
from .stalls import NOBODY, Stall, calls_of, culprit, folder_of, keep

log = structlog.get_logger(__name__)

BEAT = 0.5
"""Seconds between two signs of life of the loop."""
STATUS = 70
"""The exit status of a worker that stood still."""
LATER = 5.0
"""Seconds after the limit in which the thread may tell; then Python is thought to stand still too."""

_DEEPEST = 30
"""Frames of the stack that are kept, the innermost ones."""


class Watchdog:
    """Watches the loop that calls `start`. `end` is given the exit status; tests give their own."""

    def __init__(self, mall: Mall, *, end: Callable[[int], object] = os._exit) -> None:
        self.mall = mall
        self.limit = mall.settings.stall_limit
        self._end = end
        self._beats = 0
        self._over = threading.Event()
        self._thread = 0
        self._heart: asyncio.Task[None] | None = None
        self._trace: IO[bytes] | None = None

    def start(self) -> None:
        self._thread = threading.get_ident()
        try:
            folder_of(self.mall).mkdir(parents=True, exist_ok=True)
            self._trace = (folder_of(self.mall) / f"{os.getpid()}.trace").open("wb")
        except OSError as error:  # it still ends the worker, and says so on standard error
            log.warning("stalls_not_kept", error=str(error))
        self._heart = asyncio.get_running_loop().create_task(self._beat())
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self._over.set()
        faulthandler.cancel_dump_traceback_later()
        if self._heart:
            self._heart.cancel()
        if self._trace:
            self._trace.close()
            Path(self._trace.name).unlink(missing_ok=True)

    async def _beat(self) -> None:
        while True:
            self._beats += 1
            if self._trace:
                faulthandler.dump_traceback_later(self.limit + LATER, exit=True, file=self._trace)
            await asyncio.sleep(BEAT)

    def _watch(self) -> None:
        """Time counts only while this thread runs too, so that a process that was suspended is not to blame."""
        step = min(BEAT, self.limit / 4)
        seen, waited = self._beats, 0.0
        while not self._over.wait(step):
            waited = 0.0 if self._beats != seen else waited + step
            seen = self._beats
            if waited >= max(self.limit, 2 * BEAT):
                return self._tell(waited)
        return None

    def _tell(self, seconds: float) -> None:
        try:
            found = self._found(seconds)
            report(found)
            keep(found, folder_of(self.mall))
        except Exception:  # the worker must end, whatever goes wrong in saying why
            traceback.print_exc()
        self._end(STATUS)

    def _found(self, seconds: float) -> Stall:
        """Whose code the loop is in; where no file tells, the plugin that was called last, or core."""
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001  the documented way to another thread's stack
        plugins = self.mall.plugins
        plugin, hook = culprit(list(calls_of(frame)), plugins.states.plugins) or plugins.watched.last or (NOBODY, "")
        stack = "".join(traceback.format_stack(frame)[-_DEEPEST:]) if frame else ""
        return Stall(plugin=plugin, hook=hook[:80], seconds=round(seconds, 1), stack=stack, at=self.mall.now())


def report(stall: Stall) -> None:
    """One line of JSON, written past the loop and its logging."""
    line = {"event": "worker_stalled", "level": "critical", "pid": os.getpid(), **msgspec.to_builtins(stall)}
    os.write(2, json.dumps(line).encode() + b"\n")
