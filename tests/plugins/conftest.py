from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from galleria.app import build_mall, create_app
from galleria.core.plugins.states import States
from galleria.core.storage import piccolo_conf
from galleria.core.testing.client import Api


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
    """A plugin's name that no other test uses: states outlive the test."""
    return f"greeter_{uuid4().hex[:8]}"


@pytest.fixture
async def process(mall):
    """Make a process that has these plugins."""
    clients = []

    def make(*plugins):
        made, ticks = build_mall(mall.settings, plugins=plugins, clock=mall.clock), Ticks()
        made.plugins.states = States(made.plugins.plugins, production=False, monotonic=ticks)
        http = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(made)), base_url="http://mall.test")
        clients.append((http, made.redis))
        return Process(made, Api(http), ticks)

    yield make
    piccolo_conf.register_apps(mall.plugins.table_apps)
    for http, redis in clients:
        await http.aclose()
        await redis.aclose()


@pytest.fixture
async def operator(make_person):
    return await make_person(operator=True)
