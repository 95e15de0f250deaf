"""Locks of the operating system on a data folder; the kernel frees them when their holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import StartupError


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def exclusive(path: Path, *, timeout: float = 120) -> Iterator[None]:
    """Hold the lock file for one process and thread; StartupError if it is not had within `timeout` seconds."""
    handle = _open(path)
    try:
        deadline = time.monotonic() + timeout
        while not _try(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise StartupError(f"{path} is held by another process that starts or stops; end it, then retry")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


class Users:
    """Counts who uses a data folder: each user holds a shared lock. Call both methods under `exclusive`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def join(self) -> bool:
        """Become a user. True if nobody was one, ourselves included, so that whatever runs is a leftover."""
        if self._handle is not None:
            return False
        self._handle = _open(self._path)
        alone = _try(self._handle, fcntl.LOCK_EX)
        fcntl.flock(self._handle, fcntl.LOCK_SH)
        return alone

    def leave(self) -> bool:
        """Cease to be a user. True if that was the last one."""
        if self._handle is None:
            self._handle = _open(self._path)
        last = _try(self._handle, fcntl.LOCK_EX)
        os.close(self._handle)
        self._handle = None
        return last
