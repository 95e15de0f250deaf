"""One week of the real data, read once."""

from __future__ import annotations

import pytest
from galleria.examples.replay.data import load
from galleria.examples.replay.model import Replay


@pytest.fixture(scope="session")
def week5() -> Replay:
    return load([5])
