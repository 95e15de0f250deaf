"""The embedded engines, on the real servers of the wheels."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from galleria.core.storage.embedded import Addresses, Embedded
from galleria.core.storage.embedded.processes import await_end, lives
from galleria.core.storage.embedded.temporary import sweep, temporary
from redis.asyncio import Redis


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder whose database is made once for the module."""
    folder = Path(tempfile.mkdtemp(prefix="galleria-test-"))
    yield folder
    Embedded(folder).discard()


@pytest.fixture
def engines(folder: Path) -> Iterator[Embedded]:
    engines = Embedded(folder, fsync=False)
    yield engines
    engines.stop()


def running(folder: Path) -> list[psutil.Process]:
    """The processes that name the folder or work in it."""
    return [process for process in psutil.process_iter() if belongs(process, folder)]


def belongs(process: psutil.Process, folder: Path) -> bool:
    try:
        named = str(folder) in " ".join(process.cmdline()[1:]) or process.cwd().startswith(str(folder))
        return named and lives(process)
    except (psutil.Error, OSError):
        return False


def servers(folder: Path) -> dict[str, list[int]]:
    """The pids of both servers of the folder, without PostgreSQL's children."""
    found: dict[str, list[int]] = {"postgres": [], "valkey-server": []}
    for process in running(folder):
        if process.name() == "valkey-server" or "-D" in process.cmdline():
            found[process.name()].append(process.pid)
    return found


def kill(pid: int) -> None:
    victim = psutil.Process(pid)
    victim.kill()
    assert not await_end([victim], 10)


async def one(addresses: Addresses, query: str) -> object:
    connection = await asyncpg.connect(addresses.database_url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def pong(addresses: Addresses) -> bool:
    async with Redis.from_url(addresses.redis_url) as client:
        return bool(await client.ping())


async def test_both_engines_answer_at_their_addresses(engines: Embedded):
    """The URLs are what asyncpg and redis-py take; the server listens on no TCP port."""
    addresses = engines.start()
    assert await one(addresses, "SELECT current_database()") == "galleria"
    assert await one(addresses, "SHOW listen_addresses") == ""
    assert await pong(addresses)


async def test_the_database_sorts_and_searches_chinese(engines: Embedded):
    """UTF-8, the builtin locale, and trigrams of Chinese text: a C locale would find none."""
    addresses = engines.start(redis=False)
    assert await one(addresses, "SHOW server_encoding") == "UTF8"
    assert await one(addresses, "SELECT datlocale FROM pg_database WHERE datname = 'galleria'") == "C.UTF-8"
    await one(addresses, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert await one(addresses, "SELECT cardinality(show_trgm('优惠券'))") == 4


async def test_data_outlives_a_restart(engines: Embedded):
    """What was committed before stop is there after the next start."""
    addresses = engines.start(redis=False)
    await one(addresses, "CREATE TABLE kept AS SELECT 42 AS answer")
    engines.stop()
    assert await one(engines.start(redis=False), "SELECT answer FROM kept") == 42


async def test_start_is_idempotent(engines: Embedded, folder: Path):
    """A second start returns the same addresses and leaves the servers alone."""
    first, before = engines.start(), servers(folder)
    assert engines.start() == first
    assert servers(folder) == before


async def test_stop_leaves_nothing(engines: Embedded, folder: Path):
    """After stop no process of the folder runs, and no socket is left."""
    engines.start()
    engines.stop()
    assert running(folder) == []
    assert [path for path in folder.rglob("*") if path.is_socket()] == []
    engines.stop()


async def test_an_engine_that_was_not_asked_for_does_not_run(engines: Embedded, folder: Path):
    """`postgres=False` starts Valkey alone and gives an empty database URL."""
    addresses = engines.start(postgres=False)
    assert addresses.database_url == ""
    assert servers(folder)["postgres"] == []
    assert await pong(addresses)


async def test_killed_servers_are_healed_by_the_next_start(engines: Embedded, folder: Path):
    """After kill -9 of both servers, start clears what they left and the data is there."""
    addresses = engines.start()
    await one(addresses, "CREATE TABLE survived AS SELECT 7 AS answer")
    for pids in servers(folder).values():
        kill(pids[0])
    addresses = engines.start()
    assert await one(addresses, "SELECT answer FROM survived") == 7
    assert await pong(addresses)


async def test_a_stuck_valkey_is_replaced(engines: Embedded, folder: Path):
    """A server that has the pid and the socket but does not answer is ended and another started."""
    engines.start(postgres=False)
    stuck = servers(folder)["valkey-server"][0]
    os.kill(stuck, signal.SIGSTOP)
    assert await pong(engines.start(postgres=False))
    assert stuck not in servers(folder)["valkey-server"]


async def test_a_pid_that_another_process_has_now_is_not_trusted(engines: Embedded, folder: Path):
    """Pid files that name a living stranger neither prevent a start nor cost the stranger its life."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        pid_file = folder / "postgres" / "data" / "postmaster.pid"
        engines.start()
        lines = pid_file.read_text().splitlines()
        engines.stop()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        (folder / "valkey" / "valkey.pid").write_text(str(stranger.pid))
        addresses = engines.start()
        assert await one(addresses, "SELECT 1") == 1
        assert await pong(addresses)
        engines.stop()
        assert stranger.poll() is None
        stranger.communicate()


USE = """
import sys
from pathlib import Path
from galleria.core.storage.embedded import Embedded

with Embedded(Path(sys.argv[1]), fsync=False) as addresses:
    print(addresses.database_url, flush=True)
    sys.stdin.read()
"""


def user(folder: Path) -> subprocess.Popen[str]:
    """A process that uses the folder until its input ends."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", USE, str(folder)], stdin=pipe, stdout=pipe, text=True)


def test_two_processes_that_start_at_once_share_one_server():
    """Neither fails, one server of each kind runs, and it runs until the last of them stops."""
    folder = Path(tempfile.mkdtemp(prefix="galleria-test-"))
    with user(folder) as first, user(folder) as second:
        assert first.stdout is not None
        assert second.stdout is not None
        assert first.stdout.readline() == second.stdout.readline() != ""
        shared = servers(folder)
        assert [len(pids) for pids in shared.values()] == [1, 1]
        first.communicate()
        assert servers(folder) == shared
        second.communicate()
        assert running(folder) == []
    Embedded(folder).discard()


async def test_the_servers_of_a_killed_parent_are_taken_over_and_stopped(engines: Embedded, folder: Path):
    """After kill -9 of the parent its PostgreSQL serves the next start, and stop ends everything."""
    with user(folder) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        before = servers(folder)
        parent.kill()
    assert servers(folder) == before
    addresses = engines.start()
    after = servers(folder)
    assert after["postgres"] == before["postgres"]
    assert after["valkey-server"] != before["valkey-server"]
    assert await pong(addresses)
    engines.stop()
    assert running(folder) == []


def test_the_terminal_s_interrupt_does_not_reach_the_servers(engines: Embedded, folder: Path):
    """No server is in our process group, to which Ctrl-C is sent."""
    engines.start()
    groups = {os.getpgid(process.pid) for process in running(folder) if process.pid != os.getpid()}
    assert groups
    assert os.getpgrp() not in groups


async def test_a_long_path_gets_a_short_socket():
    """A folder deeper than a socket's path may be serves all the same, and leaves no socket folder."""
    outer = Path(tempfile.mkdtemp(prefix="galleria-test-"))
    outer.chmod(0o711)
    engines = Embedded(outer / "/".join(["deep" * 10] * 4), fsync=False)
    addresses = engines.start()
    try:
        assert await one(addresses, "SELECT 1") == 1
        assert await pong(addresses)
        sockets = Path(addresses.redis_url.removeprefix("unix://")).parent
        assert sockets.exists()
    finally:
        engines.discard()
        shutil.rmtree(outer)
    assert not sockets.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to let another account in")
async def test_a_private_home_stays_private():
    """Root's data below a folder that others cannot enter is kept elsewhere; no permission is changed."""
    home = Path(tempfile.mkdtemp())
    engines = Embedded(home / "data", fsync=False)
    addresses = engines.start(redis=False)
    elsewhere = (home / "data" / "postgres").resolve()
    try:
        assert await one(addresses, "SELECT 1") == 1
        assert home.stat().st_mode & 0o777 == 0o700
        assert not elsewhere.is_relative_to(home)
    finally:
        engines.discard()
        shutil.rmtree(home)
    assert not elsewhere.parent.exists()


def test_a_new_folder_holds_everything():
    """The folder of `mkdtemp`, private and empty, is let be walked through; with it all data are gone."""
    folder = Path(tempfile.mkdtemp(prefix="galleria-test-"))
    engines = Embedded(folder, fsync=False)
    engines.start(redis=False)
    engines.stop()
    assert not (folder / "postgres").is_symlink()
    assert (folder / "postgres" / "data" / "PG_VERSION").exists()
    shutil.rmtree(folder)


async def test_temporary_engines_leave_neither_process_nor_file():
    """The folder of `temporary()` is gone after it, with everything that ran there."""
    with temporary(redis=False) as addresses:
        assert await one(addresses, "SHOW fsync") == "off"
        folder = Path(addresses.database_url.partition("host=")[2]).parents[1]
        assert running(folder)
    assert not folder.exists()
    assert running(folder) == []


SESSION = """
from galleria.core.storage.embedded.temporary import temporary

with temporary(postgres=False) as addresses:
    print(addresses.redis_url, flush=True)
    input()
"""


def test_a_killed_session_is_swept_away_by_the_next(monkeypatch: pytest.MonkeyPatch):
    """`sweep` ends and removes temporary engines without a user, and spares those that have one."""
    place = Path(tempfile.mkdtemp(prefix="galleria-test-"))
    place.chmod(0o711)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    environment = os.environ | {"TMPDIR": str(place)}
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", SESSION]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as session:
        assert session.stdout is not None
        folder = Path(session.stdout.readline().removeprefix("unix://")).parents[2]
        sweep()
        assert running(folder)
        session.kill()
    sweep()
    assert running(folder) == []
    assert not folder.exists()
    shutil.rmtree(place)
