"""Serves the application: granian's parent in this process, its workers below it."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from ..errors import StartupError
from .startup import PARENT_PID, Startup

_KILL_AFTER = 15
"""Seconds after which a worker that does not stop is killed."""


def serve(
    *,
    host: str,
    port: int,
    workers: int,
    environment: Mapping[str, str],
    target: str = "galleria.app:create_app",
    access_log: bool = False,
    log_level: str = "info",
) -> None:
    """Serve the application that the factory `target` makes in each worker, until SIGINT or SIGTERM.

    `environment` is what the workers find in theirs. A worker that dies later is started again.
    Raises StartupError if the address cannot be had or the application does not come up, and
    SystemExit if workers die one after the other: end the engines in a context manager around it.
    """
    address = bindable(host, port)
    startup = Startup()
    os.environ.update(environment)
    os.environ[PARENT_PID] = str(os.getpid())
    server = Granian(
        target,
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=workers,
        factory=True,
        respawn_failed_workers=True,
        workers_kill_timeout=_KILL_AFTER,
        log_access=access_log,
        log_level=LogLevels(log_level),
    )
    try:
        server.serve(target_loader=startup.load)
    finally:
        startup.raise_failure()


def bindable(host: str, port: int) -> str:
    """The numeric address of `host`; StartupError if it or the port cannot be had.

    Granian shares its port among processes, so without this a second server would take a part
    of the first one's requests.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise StartupError(
            f"Cannot listen on {host} port {port}: {error.strerror or error}. "
            "Stop the process that uses it, or choose another host or port"
        ) from error
    return str(address[0])


@contextmanager
def orderly() -> Iterator[None]:
    """Turn SIGTERM into SystemExit, so that engines are ended too when it comes before the server is up."""

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of handlers
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
