from __future__ import annotations

from contextlib import contextmanager
from types import ModuleType
from uuid import uuid4

import pytest
from galleria.core.plugins.metadata import PluginInfo, from_module
from galleria.core.storage import db
from galleria.core.testing.client import ok

from .baskets import Basket


@pytest.fixture
def basket(api, make_person):
    """Makes a basket: of a new account, or of `person`."""

    async def make(person=None):
        return Basket(api.acting_as(person or await make_person()))

    return make


@pytest.fixture
def anonymous(api):
    """Makes an anonymous cart; `basket.token` is its token."""

    async def make():
        opened = ok(await api.post("/api/cart"), 201)
        made = Basket(api.having(X_Cart_Token=opened["token"]))
        made.token, made.version = opened["token"], opened["cart"]["version"]
        return made

    return make


@pytest.fixture
def wishes(mall):
    """The name of a plugin that is installed for the test, and on nowhere."""
    module = ModuleType("wishes")
    module.PLUGIN = PluginInfo(label={"en": "Wishes"}, requires={"startup": 1})
    loaded = from_module(f"wishes_{uuid4().hex[:8]}", module, "wishes", "1.0")
    mall.plugins.plugins.append(loaded)
    mall.plugins.states.plugins[loaded.name] = loaded
    yield loaded.name
    mall.plugins.plugins.remove(loaded)
    del mall.plugins.states.plugins[loaded.name]


@pytest.fixture
async def plugin(wishes, enable_plugin):
    """The name of a plugin that is installed for the test, and on for the mall."""
    await enable_plugin(wishes)
    return wishes


@pytest.fixture
def statements(monkeypatch):
    """The statements that are run while the block is open."""

    @contextmanager
    def watch():
        seen = []

        def counted(run):
            async def call(sql, *args):
                seen.append(sql)
                return await run(sql, *args)

            return call

        with monkeypatch.context() as patch:
            for name in ("fetch", "fetch_row", "fetch_value", "execute"):
                patch.setattr(db, name, counted(getattr(db, name)))
            yield seen

    return watch
