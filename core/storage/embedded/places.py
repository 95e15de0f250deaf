"""Where the engines keep their files: below the data folder whenever that works."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from ...errors import StartupError
from .account import Account

_SOCKET_LIMIT = 100
"""Bytes that a socket's path may have: the kernels allow 103 to 107."""

_SHARED = Path("/var/tmp")  # noqa: S108 - every process must find the same folder, whatever its TMPDIR
_SYSTEM = Path("/var/lib/galleria")


def resting_place(link: Path, account: Account) -> Path:
    """Where an engine's files named `link` really are; decided once, and remembered by a symbolic link.

    They are at `link` itself unless the account cannot walk there (root's home is private). Then
    they are in a folder of their own below the system's, and no permission of a parent is changed.
    """
    if link.is_symlink():
        return link.resolve()
    if link.exists() or account.reaches(link):
        return link
    target = _system_folder() / link.name
    link.symlink_to(target)
    return target


def _system_folder() -> Path:
    try:
        _SYSTEM.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="data-", dir=_SYSTEM))
    except OSError as error:
        raise StartupError(
            f"The data folder lies in a private home and {_SYSTEM} cannot be written ({error}). "
            "Set GALLERIA_DATA to a folder that every user can walk to, for example below /srv"
        ) from error
    folder.chmod(0o711)
    return folder


def socket_folder(home: Path, name: str) -> Path:
    """The folder for the socket `name` of the engine at `home`, short enough for the kernel."""
    folder = home / "run"
    if len(os.fsencode(folder / name)) > _SOCKET_LIMIT:
        key = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        return _SHARED / f"galleria-{key}"
    return folder


def private_folder(folder: Path, account: Account) -> None:
    """Make `folder` for the account alone; StartupError if somebody else has put something there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid not in (account.uid, os.geteuid()):
        raise StartupError(f"{folder} belongs to another user; remove it, or choose another data folder")
    folder.chmod(0o700)
    account.own(folder)


def remove_sockets(folder: Path) -> None:
    """Remove a socket folder of a stopped engine."""
    shutil.rmtree(folder, ignore_errors=True)
