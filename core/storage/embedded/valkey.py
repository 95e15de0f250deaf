"""Valkey in a folder: on a Unix socket alone, without persistence, known by its pid file."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psutil

from ...errors import StartupError
from .account import Account
from .binaries import valkey_program
from .places import private_folder, remove_sockets, socket_folder
from .processes import end, lives
from .programs import tail

_SOCKET = "valkey.sock"


class EmbeddedValkey:
    """The server of one folder. Callers hold the folder's lock around `start` and `stop`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._account = Account(os.geteuid(), os.getegid(), switched=False)
        self._pid_file = folder / "valkey.pid"
        self._log = folder / "valkey.log"

    def start(self, *, alone: bool) -> str:
        """Return the URL of the running server, having started it unless it runs; StartupError if it will not.

        `alone` says that nobody else uses the folder: a server found there was left behind by a
        killed parent. It is ended, so that nobody meets what it remembers.
        """
        if alone or not self._answers():
            self.stop()
            self._launch()
            self._await_ready()
        return f"unix://{quote(str(self._path()))}"

    def stop(self) -> None:
        """End the server that the pid file names, if it really is the server of this folder."""
        if (running := self._process()) is not None:
            running.terminate()
            end([running], grace=2)
        self._pid_file.unlink(missing_ok=True)
        remove_sockets(self._path().parent)

    def _path(self) -> Path:
        return socket_folder(self._folder, _SOCKET) / _SOCKET

    def _process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(int(self._pid_file.read_text()))
            ours = process.name().startswith("valkey-server") and Path(process.cwd()) == self._folder
        except (OSError, ValueError, psutil.Error):
            return None
        return process if ours and lives(process) else None

    def _launch(self) -> None:
        private_folder(self._folder, self._account)
        private_folder(self._path().parent, self._account)
        self._log.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self._path()),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "pidfile": str(self._pid_file),
            "logfile": str(self._log),
            "daemonize": "yes",
            "save": "",
            "appendonly": "no",
        }
        command = [str(valkey_program())]
        for name, value in options.items():
            command += [f"--{name}", value]
        quiet = subprocess.DEVNULL
        subprocess.run(  # noqa: S603 - the program of the wheel, no shell
            command,
            check=False,
            cwd="/",
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            start_new_session=True,
        )

    def _await_ready(self, timeout: float = 20) -> None:
        deadline = time.monotonic() + timeout
        while not self._answers():
            if time.monotonic() > deadline:
                raise StartupError(f"Valkey does not answer after {timeout:.0f} s; its log says:\n{tail(self._log)}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        if self._process() is None:
            return False
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(1)
            try:
                link.connect(str(self._path()))
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
            except OSError:
                return False
