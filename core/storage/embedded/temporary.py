"""Engines for the length of a test session: in a folder of their own, without fsync, removed at the end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from . import Addresses, Embedded

_PREFIX = "galleria-temporary-"


@contextmanager
def temporary(*, postgres: bool = True, redis: bool = True) -> Iterator[Addresses]:
    """Run both engines in a new folder, as root too, and leave neither a process nor a file.

    What a killed session left (processes and folder) is cleared away by the next one.
    """
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    engines = Embedded(folder, fsync=False)
    try:
        yield engines.start(postgres=postgres, redis=redis)
    finally:
        engines.discard()


def sweep() -> None:
    """End and remove the temporary engines of ours that nobody uses any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if _is_ours(folder) and (folder / ".users").exists():
            with suppress(FileNotFoundError):  # another session was faster
                Embedded(folder).discard()


def _is_ours(folder: Path) -> bool:
    try:
        return folder.lstat().st_uid == os.geteuid() and not folder.is_symlink()
    except FileNotFoundError:
        return False
