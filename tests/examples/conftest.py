"""One week of the real data, read once; and the example plugin, installed as an outsider's package is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from galleria.examples.replay.data import load
from galleria.examples.replay.model import Replay

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def week5() -> Replay:
    return load([5])


@pytest.fixture(scope="session")
def outsider(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """An environment for processes in which the distribution of `examples/retail_replay` is installed."""
    target = tmp_path_factory.mktemp("outsider")
    install = ["install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    wanted = ["--target", str(target), str(ROOT / "examples" / "retail_replay")]
    subprocess.run([sys.executable, "-m", "pip", *install, *wanted], check=True, timeout=120)
    return os.environ | {"PYTHONPATH": str(target)}
