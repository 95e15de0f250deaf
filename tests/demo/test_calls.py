"""The printed calls, run by sh against a server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio
from galleria.core.demo.calls import calls
from galleria.core.storage import db

from .conftest import Loaded


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(demo: tuple[Loaded, asyncpg.Pool], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of `galleria serve` on the demo's database."""
    loaded, _ = demo
    port, output = free_port(), tmp_path_factory.mktemp("serve") / "output"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GALLERIA_")} | {
        "GALLERIA_DATABASE_URL": loaded.url,
        "GALLERIA_REDIS_URL": loaded.redis_url,
    }
    command = [sys.executable, "-m", "galleria", "serve", "--demo", "--port", str(port)]
    with (
        output.open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            await_answer(f"http://127.0.0.1:{port}/api/stores", process, output)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def await_answer(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server does not answer: {output.read_text()}")


@pytest.fixture
def paying_server(server: str) -> str:
    """A server that offers a way to pay: which plugins are installed is not up to core."""
    assert httpx.get(f"{server}/api/payments/providers").json(), "install a plugin with a payment provider"
    return server


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh"], input=script, capture_output=True, text=True, timeout=60, check=False)


async def test_the_calls_end_with_a_paid_order(loaded: Loaded, paying_server: str):
    """Each run of the same text buys once more, and its last line tells the order's number and state."""
    script = calls(paying_server)
    for _ in range(2):
        done = run(script)
        assert done.returncode == 0, done.stderr
        word, number, state = done.stdout.split()
        assert (word, state) == ("Order", "paid")
        assert await db.fetch_value("SELECT state FROM shop_order WHERE number = $1", number.rstrip(":")) == "paid"


async def test_a_refusal_is_shown_and_stops_the_calls(loaded: Loaded, server: str):
    """With a wrong password the answer is printed, and nothing more is called."""
    done = run(calls(server, password="it's wrong"))
    assert done.returncode != 0
    assert json.loads(done.stderr.splitlines()[-1])["code"] == "invalid_credentials"
    assert [line for line in done.stderr.splitlines() if line.startswith(">")] == ["> POST /api/sessions"]


def test_values_are_quoted_for_the_shell(tmp_path: Path):
    """A name that would be a command is sent as it is."""
    trap = tmp_path / "trap"
    done = run(calls("http://127.0.0.1:9", shopper=f"'; touch {trap}; echo '$(touch {trap})"))
    assert done.returncode != 0
    assert not trap.exists()
