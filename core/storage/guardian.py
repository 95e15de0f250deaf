"""Ends a worker whose parent has gone: a killed parent tells its workers nothing, and they would serve on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from threading import Thread

_GRACE = 3.0
"""Seconds in which an orphan may finish what it does."""


def end_process() -> None:
    """Ask this process to stop as its parent would have, and end it by force if it does not."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)


def watch_parent(parent_pid: int, *, interval: float = 0.5, on_orphan: Callable[[], None] = end_process) -> Thread:
    """Call `on_orphan`, once and in a daemon thread, when `parent_pid` is no longer the parent of this process.

    Looks every `interval` seconds. A parent that has gone before the call counts too.
    """

    def watch() -> None:
        while os.getppid() == parent_pid:
            time.sleep(interval)
        on_orphan()

    thread = Thread(target=watch, name="guardian", daemon=True)
    thread.start()
    return thread
