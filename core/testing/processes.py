"""Other processes on the same database, as far as one process can be several."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import httpx
from msgspec.structs import replace

from ...app import build_mall, create_app
from ..mall import Mall
from ..plugins.metadata import Plugin
from ..plugins.states import States
from ..storage import piccolo_conf
from .client import Api


class Process(NamedTuple):
    """A mall with plugins of its own, and an anonymous client of its API."""

    mall: Mall
    api: Api


class Processes:
    """Makes processes that share the database and the clock of `home`, and ends them."""

    def __init__(self, home: Mall) -> None:
        self._home = home
        self._clients: list[tuple[httpx.AsyncClient, Mall]] = []

    def beside(self, *plugins: Plugin, **settings: Any) -> Process:
        """A process that has these plugins beside the installed ones; `settings` are fields of Settings."""
        return self.start([*self._home.plugins.plugins, *plugins], **settings)

    def start(
        self, plugins: Sequence[Plugin], *, monotonic: Callable[[], float] = time.monotonic, **settings: Any
    ) -> Process:
        """A process that has these plugins and no other. `monotonic` counts the seconds by which it polls states."""
        mall = build_mall(replace(self._home.settings, **settings), plugins=plugins, clock=self._home.clock)
        mall.plugins.states = States(mall.plugins.plugins, production=mall.settings.production, monotonic=monotonic)
        transport = httpx.ASGITransport(cast("Any", create_app(mall)))
        client = httpx.AsyncClient(transport=transport, base_url="http://mall.test")
        self._clients.append((client, mall))
        return Process(mall, Api(client))

    async def end(self) -> None:
        """Close what was opened; the tables that Piccolo knows are those of `home` again."""
        piccolo_conf.register_apps(self._home.plugins.table_apps)
        for client, mall in self._clients:
            await client.aclose()
            await mall.redis.aclose()
        self._clients.clear()
