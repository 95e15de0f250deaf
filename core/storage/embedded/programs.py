"""Runs a program of PostgreSQL as its account and tells what it said."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import StartupError
from .account import Account
from .binaries import postgres_programs


@dataclass(frozen=True)
class Outcome:
    """What a program left: its exit status and everything that it printed."""

    status: int
    output: str

    def or_raise(self, doing: str, log: Path | None = None) -> str:
        """The output, or StartupError with the output and the log's end if the program failed."""
        if self.status == 0:
            return self.output
        said = [f"Cannot {doing}: {self.output.strip()}", tail(log) if log else ""]
        raise StartupError("\n".join(line for line in said if line))


class Programs:
    """The programs of one installation, run as one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._folder = postgres_programs(account)

    def run(self, name: str, arguments: Sequence[str], *, text: str = "", timeout: float = 90) -> Outcome:
        """Run `name` to its end, or for `timeout` seconds; output goes to a file, since servers inherit a pipe."""
        command = [str(self._folder / name), *arguments]
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            try:
                status = self._spawn(command, output.fileno(), text, timeout)
            except subprocess.TimeoutExpired:
                status = 124
            except OSError as error:
                raise StartupError(f"Cannot run {command[0]}: {error}") from error
            output.seek(0)
            return Outcome(status, output.read())

    def _spawn(self, command: list[str], output: int, text: str, timeout: float) -> int:
        with tempfile.TemporaryFile("w+") as given:
            given.write(text)
            given.seek(0)
            return subprocess.run(  # noqa: S603 - a program of the wheel, no shell
                command,
                check=False,
                cwd="/",
                env=_environment(),
                stdin=given,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                timeout=timeout,
                **self._account.options(),
            ).returncode


def _environment() -> dict[str, str]:
    """Ours without the variables that libpq and the server would obey, and in plain English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a server's log; empty if there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
