from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from galleria.app import build_mall, create_app
from galleria.core.storage import piccolo_conf
from galleria.core.testing.client import Api


@pytest.fixture
def name():
    """A plugin's name that no other test uses: states outlive the test."""
    return f"inline_{uuid4().hex[:8]}"


@pytest.fixture
async def running(mall):
    """Make a mall with these plugins beside the installed ones: (mall, api)."""
    open_ = []

    async def make(*plugins, **settings):
        import msgspec

        made = build_mall(
            msgspec.structs.replace(mall.settings, **settings),
            plugins=[*mall.plugins.plugins, *plugins],
            clock=mall.clock,
        )
        http = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(made)), base_url="http://mall.test")
        open_.append((http, made.redis))
        return made, Api(http)

    yield make
    piccolo_conf.register_apps(mall.plugins.table_apps)
    for http, redis in open_:
        await http.aclose()
        await redis.aclose()
