"""A worker does not outlive its parent."""

from __future__ import annotations

import os
import subprocess
import sys
from threading import Event

import psutil
from galleria.core.storage.embedded.processes import await_end
from galleria.core.storage.guardian import watch_parent

WORKER = """
import os, signal, sys, time
from galleria.core.storage import guardian

guardian._GRACE = 0.2
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "unwatched" not in sys.argv:
    guardian.watch_parent(os.getppid(), interval=0.05)
print(os.getpid(), flush=True)
time.sleep(60)
"""

PARENT = """
import subprocess, sys

subprocess.Popen([sys.executable, "-c", *sys.argv[1:]]).wait()
"""


def orphan(*manner: str) -> psutil.Process:
    """A worker whose parent has just been killed."""
    command = [sys.executable, "-c", PARENT, WORKER, *manner]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    return worker


def test_a_worker_ends_when_its_parent_is_killed():
    """kill -9 of the parent ends the worker by SIGTERM."""
    assert await_end([orphan()], 10) == []


def test_a_worker_that_ignores_the_request_is_ended_by_force():
    """An orphan that does not stop by SIGTERM exits after its grace."""
    assert await_end([orphan("deaf")], 10) == []


def test_without_the_guardian_a_worker_serves_on():
    """The control: an unwatched worker outlives its parent."""
    worker = orphan("unwatched")
    assert await_end([worker], 1) == [worker]
    worker.kill()


def test_a_parent_that_went_before_is_noticed():
    """A pid that is not our parent's counts as a parent that has gone."""
    orphaned = Event()
    watch_parent(os.getpid(), interval=0.01, on_orphan=orphaned.set).join(10)
    assert orphaned.is_set()


def test_a_living_parent_disturbs_nobody():
    """While the parent lives nothing is called."""
    orphaned = Event()
    thread = watch_parent(os.getppid(), interval=0.01, on_orphan=orphaned.set)
    assert not orphaned.wait(0.2)
    assert thread.is_alive()
    assert thread.daemon
