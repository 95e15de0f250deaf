"""PostgreSQL in a folder: made, started, healed and stopped, on a Unix socket that only its account can open."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from urllib.parse import quote

from ...errors import StartupError
from . import postmaster
from .account import account_for
from .configuration import INCLUDE, configuration
from .places import private_folder, remove_sockets, resting_place, socket_folder
from .processes import end
from .programs import Programs, tail

USER = "galleria"
_SOCKET = ".s.PGSQL.5432"
_LOG_LIMIT = 16 * 2**20
_CTYPE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
_CREATE = "SELECT format('CREATE DATABASE %I', :'name') WHERE NOT EXISTS \
(SELECT FROM pg_database WHERE datname = :'name') \\gexec\n"


class EmbeddedPostgres:
    """The server of one folder. Callers hold the folder's lock around `start` and `stop`."""

    def __init__(self, folder: Path, *, fsync: bool = True, database: str = USER) -> None:
        self._account = account_for(folder / "data")
        self._folder = folder
        self._home = resting_place(folder, self._account)
        self._data = self._home / "data"
        self._log = self._data / "server.log"
        self._fsync = fsync
        self._database = database
        self._programs = Programs(self._account)

    def start(self) -> str:
        """Return the URL of the running server, having started it unless it runs; StartupError if it will not."""
        if postmaster.postmaster(self._data) is None:
            self._clear()
            self._initialise()
            self._launch()
        self._await_ready()
        sockets = postmaster.socket_folder_of(self._data)
        self._ensure_database(sockets)
        return f"postgresql://{USER}@/{quote(self._database, safe='')}?host={quote(str(sockets))}"

    def stop(self) -> None:
        """End the server and its children: fast, then immediately, then by force. Nothing is done if none runs."""
        if (running := postmaster.postmaster(self._data)) is not None:
            for mode, seconds in (("fast", 20), ("immediate", 5)):
                arguments = ["stop", "-D", str(self._data), "-m", mode, "-t", str(seconds)]
                if self._programs.run("pg_ctl", arguments, timeout=seconds + 10).status == 0:
                    break
            end([running], grace=0)
        end(postmaster.processes(self._data), grace=2)
        remove_sockets(self._sockets())

    def erase(self) -> None:
        """Remove the files of a stopped server."""
        shutil.rmtree(self._home)
        if self._home != self._folder:
            self._home.parent.rmdir()

    def _sockets(self) -> Path:
        return socket_folder(self._home, _SOCKET)

    def _clear(self) -> None:
        """Remove what a killed server left: its children, its locks whose pid another process may have now."""
        end(postmaster.processes(self._data), grace=2)
        remove_sockets(self._sockets())
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        if self._data.exists():
            return
        self._home.mkdir(mode=0o711, parents=True, exist_ok=True)
        fresh = self._home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        private_folder(fresh, self._account)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={_CTYPE}", "--encoding=UTF8"]
        durable = [] if self._fsync else ["--no-sync"]
        arguments = ["-D", str(fresh), "-U", USER, "--auth=trust", *locale, *durable]
        self._programs.run("initdb", arguments).or_raise("make the database's folder")
        with (fresh / "postgresql.conf").open("a") as file:
            file.write(INCLUDE)
        fresh.rename(self._data)

    def _launch(self) -> None:
        private_folder(self._sockets(), self._account)
        settings = self._data / "galleria.conf"
        settings.write_text(configuration(self._sockets(), fsync=self._fsync))
        self._account.own(settings)
        if self._log.exists() and self._log.stat().st_size > _LOG_LIMIT:
            self._log.replace(self._log.with_suffix(".log.1"))
        arguments = ["start", "-D", str(self._data), "-l", str(self._log), "-w", "-t", "120"]
        self._programs.run("pg_ctl", arguments, timeout=150).or_raise("start PostgreSQL", self._log)

    def _await_ready(self, timeout: float = 120) -> None:
        """Wait for the server to answer: after a crash it first replays its log."""
        deadline = time.monotonic() + timeout
        while not self._is_ready():
            if postmaster.postmaster(self._data) is None and not postmaster.processes(self._data):
                raise StartupError(f"PostgreSQL ended while it started; its log says:\n{tail(self._log)}")
            if time.monotonic() > deadline:
                raise StartupError(f"PostgreSQL does not answer after {timeout:.0f} s:\n{tail(self._log)}")
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        try:
            sockets = postmaster.socket_folder_of(self._data)
        except (OSError, IndexError):
            return False
        arguments = ["-h", str(sockets), "-U", USER, "-d", "postgres", "-t", "3"]
        return self._programs.run("pg_isready", arguments, timeout=10).status == 0

    def _ensure_database(self, sockets: Path) -> None:
        arguments = ["-X", "-q", "-h", str(sockets), "-U", USER, "-d", "postgres"]
        arguments += ["-v", "ON_ERROR_STOP=1", "-v", f"name={self._database}"]
        self._programs.run("psql", arguments, text=_CREATE).or_raise("create the database", self._log)
