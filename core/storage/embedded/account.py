"""Who runs PostgreSQL, which refuses root: ourselves, or for root an unprivileged system account."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import StartupError

_NAMES = ("embedded_postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A user of the operating system; `switched` says that commands are run as somebody else than ourselves."""

    uid: int
    gid: int
    switched: bool

    def options(self) -> dict[str, Any]:
        """What `subprocess.run` needs in order to run a command as this account."""
        if not self.switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give an entry that we made to the account."""
        if self.switched:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether the account can walk to `path`: every folder above it must let it through."""
        return all(self._passes(parent.stat()) for parent in path.resolve().parents)

    def _passes(self, status: os.stat_result) -> bool:
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
        return bool(status.st_mode >> shift & 1)


def account_for(data: Path) -> Account:
    """The account for the PostgreSQL data at `data`: its owner if it exists, else ourselves, never root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switched=False)
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, switched=True)
    entry = _system_account()
    return Account(entry.pw_uid, entry.pw_gid, switched=True)


def _system_account() -> pwd.struct_passwd:
    preferred, fallback = _NAMES
    found = _look_up(preferred) or _created(preferred) or _look_up(fallback)
    if found is None:
        raise StartupError(
            "PostgreSQL refuses to run as root and no system account could be made for it. "
            "Run as an ordinary user, or set GALLERIA_DATABASE_URL to a server of your own"
        )
    return found


def _look_up(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _created(name: str) -> pwd.struct_passwd | None:
    command = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if command is None:
        return None
    arguments = [command, "--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin", name]
    subprocess.run(  # noqa: S603 - a fixed command
        arguments, check=False, capture_output=True, timeout=30
    )
    return _look_up(name)
