"""Plugins made here, as if their distributions were installed."""

from __future__ import annotations

from galleria.core.http.access import PUBLIC
from galleria.core.testing.inline import inline_plugin
from galleria.hookspecs import Routes, hookimpl
from litestar import get


def plugin(name, *, version="1.0", requires=None, depends=None, info=None, **members):
    """`info` has further fields of its PluginInfo; `members` are its module's, hooks for example."""
    said = {"label": {"en": name}, "requires": requires or {"startup": 1}, "depends": depends or {}, **(info or {})}
    made = inline_plugin(name, version=version, **said)
    vars(made.module).update(members)
    return made


def greeter(name, **info):
    """A plugin that says hello, in stores and in the mall, as far as its scopes go."""
    scopes = info.get("scopes", {"store", "mall"})

    @get("/hello", access=PUBLIC)
    async def hello_mall() -> str:
        return "mall"

    @get("/hello", access=PUBLIC)
    async def hello_store() -> str:
        return "store"

    @hookimpl
    def register_routes(ctx):
        return Routes(mall=[hello_mall] if "mall" in scopes else [], store=[hello_store] if "store" in scopes else [])

    return plugin(name, info=info, register_routes=register_routes)
