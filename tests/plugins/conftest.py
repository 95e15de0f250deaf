from __future__ import annotations

from dataclasses import dataclass

import pytest
from galleria.core.testing.client import Api
from galleria.core.testing.inline import unique_name


class Ticks:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@dataclass
class Process:
    """A mall with plugins of its own, as another process on the same database would have it."""

    mall: object
    api: Api
    ticks: Ticks

    @property
    def states(self):
        return self.mall.plugins.states


@pytest.fixture
def name():
    return unique_name("greeter")


@pytest.fixture
def process(processes):
    """Make a process that has these plugins, and time of its own."""

    def make(*plugins):
        ticks = Ticks()
        return Process(*processes.start(plugins, monotonic=ticks), ticks)

    return make


@pytest.fixture
async def operator(make_person):
    return await make_person(operator=True)
