"""Which processes really belong to a PostgreSQL data folder: a pid in a file proves nothing."""

from __future__ import annotations

from pathlib import Path

import psutil

from .processes import lives


def postmaster(data: Path) -> psutil.Process | None:
    """The server of `data` that its pid file names, or None if that process is gone or is something else."""
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if _serves(process, data) and str(data) in " ".join(_command(process)) else None


def processes(data: Path) -> list[psutil.Process]:
    """The server of `data` and its children, also those that outlived it: all work in that folder."""
    return [process for process in psutil.process_iter() if _serves(process, data)]


def socket_folder_of(data: Path) -> Path:
    """The folder in which the running server of `data` listens, by its pid file."""
    return Path((data / "postmaster.pid").read_text().splitlines()[4])


def _serves(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name().startswith("postgres") and Path(process.cwd()) == data and lives(process)
    except (psutil.Error, OSError):
        return False


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
