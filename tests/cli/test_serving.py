"""The supervising server, with a tiny application in real worker processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from galleria.core.cli.serving import bindable, orderly
from galleria.core.errors import StartupError
from galleria.core.storage.embedded import Embedded
from galleria.core.storage.embedded.processes import await_end

APPLICATION = """
import json, os
from galleria.core.errors import StartupError

BROKEN = os.environ.get("BROKEN")

def create_app():
    if BROKEN == "factory":
        raise StartupError("no application today")
    return app

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if BROKEN == "lifespan":
                raise RuntimeError("no lifespan today")
            if BROKEN == "reported":
                return await send({"type": "lifespan.startup.failed", "message": "no start today"})
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = json.dumps({"pid": os.getpid(), "greeting": os.environ["GREETING"]}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""

SERVER = """
import os, sys
from contextlib import nullcontext
from pathlib import Path
from galleria.core.cli.serving import orderly, serve
from galleria.core.errors import StartupError
from galleria.core.storage.embedded import Embedded

engines = Embedded(Path(os.environ["DATA"])) if "DATA" in os.environ else nullcontext()
try:
    with orderly(), engines:
        serve(
            host="localhost",
            port=int(sys.argv[1]),
            workers=2,
            target="tiny_application:create_app",
            environment={"GREETING": "hello"},
        )
except StartupError as error:
    sys.exit(f"refused: {error}")
finally:
    print("engines stopped", flush=True)
"""

EVERYWHERE = "0.0.0.0"  # noqa: S104 - no connection is accepted


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "tiny_application.py").write_text(APPLICATION)
    return tmp_path


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(place: Path, port: int, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A serving process; it and its workers are ended in any case."""
    settings = os.environ | {"PYTHONPATH": str(place)} | environment
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", SERVER, str(port)]
    with subprocess.Popen(command, env=settings, stdout=pipe, stderr=subprocess.STDOUT, text=True) as parent:
        workers: list[psutil.Process] = []
        try:
            yield parent
            if parent.poll() is None:
                workers = children(parent)
        finally:
            if parent.poll() is None:
                workers = workers or children(parent)
                parent.kill()
            for worker in await_end(workers, 10):
                worker.kill()


def children(parent: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(parent.pid).children(recursive=True)


def answer(port: int) -> dict[str, object]:
    """What the server says, once it does."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as reply:
                return dict(json.load(reply))
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_workers_get_their_environment(place: Path, port: int):
    """The factory is called in the workers, which find what `environment` says."""
    with server(place, port) as parent:
        said = answer(port)
        assert said["greeting"] == "hello"
        assert said["pid"] in [worker.pid for worker in children(parent)]


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_workers_and_returns_to_the_caller(place: Path, port: int, sign: signal.Signals):
    """SIGTERM and SIGINT stop all workers, and only then is the caller's clean-up run."""
    with server(place, port) as parent:
        answer(port)
        workers = children(parent)
        parent.send_signal(sign)
        output, _ = parent.communicate(timeout=30)
        assert parent.returncode == 0
        assert output.endswith("engines stopped\n")
        assert await_end(workers, 0) == []


def test_workers_end_after_a_kill_of_their_parent(place: Path, port: int):
    """kill -9 of the parent leaves no worker, and the port is free again."""
    with server(place, port) as parent:
        answer(port)
        workers = children(parent)
        parent.kill()
        parent.wait()
        assert len(workers) == 2
        assert await_end(workers, 10) == []
    assert bindable("127.0.0.1", port) == "127.0.0.1"


def test_the_engines_of_a_killed_server_are_ended_by_the_next(place: Path, port: int):
    """After kill -9 of the parent, its workers do not count as users: start and stop leave nothing."""
    data = Path(tempfile.mkdtemp(prefix="galleria-test-"))
    engines = Embedded(data, fsync=False)
    with server(place, port, DATA=str(data)) as parent:
        answer(port)
        workers = children(parent)
        parent.kill()
        parent.wait()
        assert await_end(workers, 10) == []
    postmaster = data / "postgres" / "data" / "postmaster.pid"
    assert postmaster.exists()
    engines.start()
    engines.stop()
    assert not postmaster.exists()
    engines.discard()


def test_a_request_to_stop_before_the_server_is_up_is_orderly():
    """SIGTERM unwinds the context managers that hold the engines."""
    with pytest.raises(SystemExit, match="143"), orderly():
        signal.raise_signal(signal.SIGTERM)


def test_a_killed_worker_is_started_again(place: Path, port: int):
    """A worker that dies while it serves is replaced by another."""
    with server(place, port) as parent:
        answer(port)
        before = {worker.pid for worker in children(parent)}
        os.kill(min(before), signal.SIGKILL)
        deadline = time.monotonic() + 20
        while len({worker.pid for worker in children(parent)} - before) == 0:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("factory", "refused: no application today\n"),
        ("reported", "refused: no start today\n"),
        ("lifespan", "RuntimeError: no lifespan today\n"),
    ],
)
def test_an_application_that_does_not_come_up_ends_the_server(place: Path, port: int, broken: str, reason: str):
    """The parent raises StartupError with the worker's reason, and no worker is started again and again."""
    with server(place, port, BROKEN=broken) as parent:
        output, _ = parent.communicate(timeout=60)
        assert parent.returncode == 1
        assert reason in output
        assert output.count("Spawning worker") <= 4
        assert "engines stopped\n" in output


def test_a_second_server_is_refused(place: Path, port: int):
    """Although granian's workers share a port, a second server does not get a part of it."""
    with server(place, port) as first:
        answer(port)
        with server(place, port) as second:
            output, _ = second.communicate(timeout=30)
            assert second.returncode == 1
        assert f"refused: Cannot listen on localhost port {port}: Address already in use" in output
        assert first.poll() is None


@pytest.mark.parametrize("taken", ["127.0.0.1", EVERYWHERE])
def test_an_occupied_port_is_refused(taken: str):
    """Also if it is taken on one address and asked for on all, and if its occupant would share it."""
    with socket.socket() as occupant:
        occupant.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        occupant.bind((taken, 0))
        occupant.listen()
        with pytest.raises(StartupError, match="Address already in use"):
            bindable(EVERYWHERE, occupant.getsockname()[1])


def test_an_unknown_host_is_refused():
    """A name that resolves to nothing is a StartupError, with the name."""
    with pytest.raises(StartupError, match=r"Cannot listen on no-such-host\.invalid"):
        bindable("no-such-host.invalid", 8000)
