"""Locks on a data folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from galleria.core.errors import StartupError
from galleria.core.storage.embedded.lock import Users, exclusive

HOLD = """
import sys
from pathlib import Path
from galleria.core.storage.embedded.lock import exclusive

with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_held_by_one(tmp_path: Path):
    """A second holder waits, and after its time-out is told which file is held."""
    with (
        exclusive(tmp_path / "lock"),
        pytest.raises(StartupError, match="lock is held"),
        exclusive(tmp_path / "lock", timeout=0.05),
    ):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path):
    """The lock of a killed process is free at once."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    with exclusive(tmp_path / "lock", timeout=5):
        pass


def test_the_first_user_is_alone_and_the_last_one_is_told(tmp_path: Path):
    """Only the first to join finds leftovers, and only the last to leave ends the servers."""
    first, second = Users(tmp_path / "users"), Users(tmp_path / "users")
    assert first.join()
    assert not second.join()
    assert not first.leave()
    assert second.leave()


def test_who_has_joined_is_not_alone_again(tmp_path: Path):
    """Joining twice counts once, and the second time nothing that runs is a leftover."""
    user = Users(tmp_path / "users")
    assert user.join()
    assert not user.join()
    assert user.leave()


def test_who_never_joined_learns_whether_others_use_it(tmp_path: Path):
    """A command that only stops may do so when nobody uses the folder."""
    user = Users(tmp_path / "users")
    user.join()
    assert not Users(tmp_path / "users").leave()
    user.leave()
    assert Users(tmp_path / "users").leave()
