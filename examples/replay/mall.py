"""The mall in which the baskets are bought: new engines, and a server in a process of its own, gone after the run."""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout

import httpx
from msgspec import Struct

from ...core.accounts import service as accounts
from ...core.cli import engines
from ...core.settings import Settings
from ...core.storage.embedded.temporary import temporary

HOST = "127.0.0.1"
GALLERIA = (sys.executable, "-m", "galleria")
"""Galleria's command line."""
SERVE = (*GALLERIA, "serve")
"""The command that serves, without its options."""
_BROKEN = re.compile(r"([0-9]+) broken")
_START = 60
"""Seconds until the server must answer."""
_STOP = 30
"""Seconds until it must have ended."""
_SHOWN = 4000
"""Characters of the server's log that are shown when a run fails."""
_HOOK_DEADLINE = 20
"""Seconds for one call of a plugin: on a busy machine the server may wait longer for the processor than plugins may
take, and a plugin that is called too slow for that offers nothing.
"""
_SESSION = 30 * 86400
"""Seconds for which households stay signed in: longer than any run."""


class ServerFailed(Exception):
    """The server did not come up; what it said is on standard error."""


class Operator(Struct, frozen=True):
    email: str
    password: str


@contextmanager
def engines_running() -> Iterator[Settings]:
    """Settings that name new engines with an empty database."""
    with temporary() as addresses:
        yield Settings(database_url=addresses.database_url, redis_url=addresses.redis_url, log_level="warning")


async def prepare(settings: Settings) -> Operator:
    """Run the migrations and make the operator."""
    operator = Operator("operator@replay.example", secrets.token_urlsafe(18))
    with redirect_stdout(sys.stderr):
        await engines.migrate(settings)
    async with engines.opened(settings) as mall:
        await accounts.make_operator(mall, email=operator.email, password=operator.password)
    return operator


def check(settings: Settings) -> int:
    """Run `galleria check`; return how many invariants are broken. Raises ServerFailed when it does not say."""
    done = subprocess.run(  # noqa: S603  this program's own command
        [*GALLERIA, "check"], env=environment(settings), check=False, capture_output=True, text=True
    )
    print(done.stdout.rstrip(), file=sys.stderr)
    counted = _BROKEN.search(done.stdout)
    if counted is None:
        raise ServerFailed(f"`galleria check` ended with {done.returncode}: {done.stderr[-_SHOWN:]}")
    return int(counted[1])


@contextmanager
def served(settings: Settings, *, workers: int, command: Sequence[str] = ()) -> Iterator[str]:
    """Serve in `workers` processes by `command`, or this environment's; gives the base URL. Raises ServerFailed."""
    port = _free_port()
    url = f"http://{HOST}:{port}"
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(  # noqa: S603  this program's own command
            [*(command or SERVE), "--host", HOST, "--port", str(port), "--workers", str(workers)],
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _await_ready(server, url)
            yield url
        except Exception:
            log.seek(0)
            print(f"The server said:\n{log.read()[-_SHOWN:]}", file=sys.stderr)
            raise
        finally:
            _stop(server)


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables of whoever works on these engines.

    Each household has a network address of its own, so that none is slowed down by the others' registrations.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GALLERIA_")}
    return kept | {
        "GALLERIA_DATABASE_URL": settings.database_url,
        "GALLERIA_REDIS_URL": settings.redis_url,
        "GALLERIA_TRUSTED_PROXIES": HOST,
        "GALLERIA_ACCESS_TOKEN_TTL": str(_SESSION),
        "GALLERIA_HOOK_DEADLINE": str(_HOOK_DEADLINE),
        "GALLERIA_LOG_LEVEL": settings.log_level,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _await_ready(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _START
    with httpx.Client(base_url=url, timeout=5, trust_env=False) as http:
        while not _is_ready(http):
            if server.poll() is not None:
                raise ServerFailed(f"The server ended with {server.returncode} instead of coming up.")
            if time.monotonic() > deadline:
                raise ServerFailed(f"The server did not come up within {_START} s.")
            time.sleep(0.05)


def _is_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/api/ready").status_code == 200
    except httpx.HTTPError:
        return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_STOP)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
