"""A loop that stands still: who is blamed, what is left behind, and that the mall lives on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from importlib import import_module
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import psutil
import pytest
from galleria.core.dispatch import stalls
from galleria.core.dispatch.stalls import Stall, collect, culprit, folder_of, keep
from galleria.core.dispatch.watchdog import STATUS, Watchdog
from galleria.core.plugins.metadata import from_module
from galleria.core.storage import db
from galleria.core.testing.client import ok

from . import blocker


@pytest.fixture
def folder(tmp_path):
    """A folder from which the blocking plugin is imported."""
    sys.path.insert(0, str(blocker.install(tmp_path)))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith(f"galleria_{blocker.NAME}")]:
        del sys.modules[name]


@pytest.fixture
async def watched(running, folder):
    """A mall with the plugin, whose loop may stand still for an instant; stalls are kept in the folder."""
    module = import_module(f"galleria_{blocker.NAME}.plugin")
    found = from_module(blocker.NAME, module, "galleria-blocker", "1.0")
    mall, _ = await running(found, stall_limit=0.2, data=str(folder / "data"))
    return mall, sys.modules[f"galleria_{blocker.NAME}.routes"]


async def watch(mall, block):
    """Block the loop until the watchdog has ended the worker; return the exit statuses."""
    ended, statuses = threading.Event(), []

    def end(status):
        statuses.append(status)
        ended.set()

    watchdog = Watchdog(mall, end=end)
    watchdog.start()
    await asyncio.sleep(0)
    block(ended)
    watchdog.stop()
    return statuses


async def test_a_blocking_plugin_is_named_by_the_stack(watched, monkeypatch, capfd):
    """Whose file is on the loop's stack, whoever was called last; the line on standard error says so too."""
    mall, routes = watched
    mall.plugins.watched.enter("innocent", "propose_offers")

    def block(ended):
        monkeypatch.setattr(routes.time, "sleep", lambda _: ended.wait(60))
        routes.sleep()

    assert await watch(mall, block) == [STATUS]
    [path] = folder_of(mall).glob("*.json")
    left = msgspec.json.decode(path.read_bytes(), type=Stall)
    assert (left.plugin, left.hook) == (blocker.NAME, "sleep")
    assert "routes.py" in left.stack
    line = next(line for line in capfd.readouterr().err.splitlines() if "worker_stalled" in line)
    assert msgspec.json.decode(line)["plugin"] == blocker.NAME


@pytest.mark.parametrize(("last", "blamed"), [(("last", "check_cart"), "last"), (None, "core")])
async def test_where_no_file_tells_who_was_called_last_is_named(watched, last, blamed):
    """Or core, when no plugin was called at all."""
    mall, _ = watched
    mall.plugins.watched.last = last
    await watch(mall, lambda ended: ended.wait(60))
    [path] = folder_of(mall).glob("*.json")
    assert msgspec.json.decode(path.read_bytes(), type=Stall).plugin == blamed


async def test_a_loop_that_runs_is_left_alone(watched):
    """Beats keep the worker alive, and nothing is left behind."""
    mall, _ = watched
    statuses = []
    watchdog = Watchdog(mall, end=statuses.append)
    watchdog.start()
    for _ in range(40):
        await asyncio.sleep(0.05)
    watchdog.stop()
    assert statuses == []
    assert list(folder_of(mall).iterdir()) == []


async def test_what_was_left_is_written_down_once(watched):
    """Two workers that start at once count one incident; unreadable files do not stop a start."""
    mall, _ = watched
    folder_of(mall).mkdir(parents=True, exist_ok=True)
    plugin = f"blocker_{uuid4().hex[:8]}"
    keep(Stall(plugin=plugin, hook="block", seconds=10.2, stack="here", at=mall.now()), folder_of(mall))
    (folder_of(mall) / "7.json").write_text("nonsense")
    assert sorted(await asyncio.gather(collect(mall), collect(mall))) == [0, 1]
    [row] = await db.fetch("SELECT store_id, hook, kind, error, times FROM plugin_incident WHERE plugin = $1", plugin)
    assert (row["store_id"], row["hook"], row["kind"], row["times"]) == (None, "block", "stalled", 1)
    assert row["error"] == "The loop stood still for 10.2 s.\nhere"
    assert list(folder_of(mall).glob("*.json")) == []


async def test_a_trace_of_a_dead_worker_names_the_plugin(watched, folder):
    """Written without Python; a worker that lives keeps its own, and empty ones are swept."""
    mall, routes = watched
    folder_of(mall).mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    text = f'Timeout (0:00:15)!\nThread 0x1 (most recent call first):\n  File "{routes.__file__}", line 9 in match\n'
    for name, content in {f"{gone.pid}.trace": text, f"{os.getpid()}.trace": text, "999999999.trace": ""}.items():
        (folder_of(mall) / name).write_text(content)
    assert [(one.plugin, one.hook) for one in stalls._taken(mall)] == [(blocker.NAME, "match")]
    assert [path.name for path in folder_of(mall).iterdir()] == [f"{os.getpid()}.trace"]


async def test_the_innermost_plugin_is_to_blame(watched):
    """With the function by which it was entered; files of others are nobody's."""
    mall, routes = watched
    plugins = mall.plugins.states.plugins
    calls = [("/usr/lib/time.py", "sleep"), (routes.__file__, "sleep"), (routes.__file__, "block"), ("/app.py", "run")]
    assert culprit(calls, plugins) == (blocker.NAME, "block")
    assert culprit([("/usr/lib/time.py", "sleep")], plugins) is None


@pytest.fixture
async def environment(addresses, folder):
    """The variables of a server on a database of its own, with the blocking plugin, and an operator."""
    name = f"stall_{uuid4().hex[:8]}"
    link = await asyncpg.connect(addresses.database_url)
    await link.execute(f"CREATE DATABASE {name}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "GALLERIA_DATABASE_URL": addresses.database_url.replace("/galleria?", f"/{name}?"),
        "GALLERIA_REDIS_URL": addresses.redis_url,
        "GALLERIA_DATA": str(folder / "data"),
        "GALLERIA_PORT": str(port),
        "GALLERIA_WORKERS": "2",
        "GALLERIA_STALL_LIMIT": "6",
        "GALLERIA_OPERATOR_PASSWORD": "a long enough password",
    }
    for command in (["migrate"], ["operator", "create", "boss@mall.example"]):
        subprocess.run([sys.executable, "-m", "galleria", *command], env=found, check=True, capture_output=True)
    yield found
    await link.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await link.close()


@pytest.fixture
def served(environment):
    """The address of a real server with two workers."""
    with subprocess.Popen(
        [sys.executable, "-m", "galleria", "serve"], env=environment, stderr=subprocess.PIPE
    ) as parent:
        try:
            yield f"http://127.0.0.1:{environment['GALLERIA_PORT']}/api"
        finally:
            workers = psutil.Process(parent.pid).children(recursive=True) if parent.poll() is None else []
            parent.send_signal(signal.SIGTERM)
            parent.wait(30)
            for worker in workers:
                if worker.is_running():
                    worker.kill()


def answers(address, *, until, seconds=90):
    """Ask again and again, each time by a new connection, until an answer is what is waited for; return all pids."""
    seen, deadline = [], time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            seen.append(httpx.get(f"{address}/plugins/{blocker.NAME}/who", timeout=0.5).json())
        except httpx.HTTPError:
            continue
        if until(seen):
            return seen
    raise AssertionError(f"waited in vain; answers came from {set(seen)}")


def blocked(address, path):
    """Have one worker blocked, by a request of its own."""

    def ask():
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"{address}/plugins/{blocker.NAME}/{path}", timeout=120)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread


@pytest.mark.soak
@pytest.mark.parametrize("path", ["block", "match"])
def test_a_blocked_worker_is_replaced_and_its_plugin_named(served, path):
    """One of two workers stands still: the other answers meanwhile, the first is replaced, the operator is told.

    Also where Python itself stands still, in a regular expression.
    """
    before = set(answers(served, until=lambda seen: len(set(seen)) == 2))
    asking = blocked(served, path)
    meanwhile = answers(served, until=lambda seen: len(seen) >= 3)
    assert asking.is_alive()
    assert set(meanwhile) <= before
    asking.join(60)
    after = set(answers(served, until=lambda seen: len(set(seen) - before) == 1 and len(set(seen)) == 2))
    assert len(after & before) == 1
    credentials = {"identifier": "boss@mall.example", "password": "a long enough password"}
    token = ok(httpx.post(f"{served}/sessions", json=credentials), 201)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    incidents = ok(httpx.get(f"{served}/mall/plugins/incidents", headers=headers))["items"]
    assert [(one["plugin"], one["hook"], one["kind"], one["times"]) for one in incidents] == [
        (blocker.NAME, path, "stalled", 1)
    ]


@pytest.mark.soak
def test_a_worker_that_a_plugin_ends_is_replaced(served):
    """One of two workers is ended by a plugin in the middle of a request: the other answers, and a new one comes."""
    before = set(answers(served, until=lambda seen: len(set(seen)) == 2))
    time.sleep(6)  # granian gives up on workers that die young
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{served}/plugins/{blocker.NAME}/leave", timeout=30)
    after = set(answers(served, until=lambda seen: len(set(seen) - before) == 1 and len(set(seen)) == 2))
    assert len(after & before) == 1
