"""Watches and ends processes that are not our children."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psutil


def lives(process: psutil.Process) -> bool:
    """Whether the process still runs. A zombie does not: some init processes collect theirs late."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(found: Sequence[psutil.Process], *, grace: float) -> None:
    """Give processes `grace` seconds to go by themselves, then kill what is left and see it gone."""
    for process in await_end(found, grace):
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    await_end(found, 10)


def await_end(found: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until all have gone, `seconds` at most; return those that have not."""
    deadline = time.monotonic() + seconds
    left = [process for process in found if lives(process)]
    while left and time.monotonic() < deadline:
        time.sleep(0.01)
        left = [process for process in left if lives(process)]
    return left
