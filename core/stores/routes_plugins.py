"""Plugins, switched by a store's staff for the store, and by the operator for the mall."""

from __future__ import annotations

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ..http.access import OPERATOR, staff
from ..http.caller import Caller
from ..http.etag import required_version
from ..mall import Mall
from . import plugins
from .parameters import IfMatch, versioned
from .plugins import PluginEdit, PluginView
from .queries import StoreRow

MANAGE = staff("plugins.manage")


def _answer(view: PluginView) -> Response[PluginView]:
    return versioned(view, view.revision)


@get("/api/stores/{store_ref:str}/staff/plugins", access=MANAGE, tags=["stores"])
async def list_store_plugins(mall: NamedDependency[Mall], store: NamedDependency[StoreRow]) -> list[PluginView]:
    """The installed plugins that a store may have, as they stand in this one."""
    return await plugins.views(mall, store.id)


@put("/api/stores/{store_ref:str}/staff/plugins/{plugin:str}", access=MANAGE, tags=["stores"])
async def set_store_plugin(
    data: JSONBody[PluginEdit],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
    plugin: FromPath[str],
    if_match: IfMatch = None,
) -> Response[PluginView]:
    """Change what is sent: the state, the settings as a whole, or both. Needs If-Match with the plugin's revision.

    404 `plugin_not_found`; 409 `plugin_state_order` for a step that leaves one out, `plugin_dependency_off` where what
    it depends on is not on, `plugin_needed` where another depends on it; 412 when somebody else was faster;
    422 `plugin_wrong_scope`, `settings_invalid`.
    """
    wish = data.wish(required_version(if_match))
    return _answer(await plugins.set_plugin(mall, plugin, store.id, wish, by=caller.shopper_id))


@get("/api/mall/plugins", access=OPERATOR, tags=["mall"])
async def list_mall_plugins(mall: NamedDependency[Mall]) -> list[PluginView]:
    """The installed plugins that the mall may have, as they stand in it."""
    return await plugins.views(mall, None)


@put("/api/mall/plugins/{plugin:str}", access=OPERATOR, tags=["mall"])
async def set_mall_plugin(
    data: JSONBody[PluginEdit],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    plugin: FromPath[str],
    if_match: IfMatch = None,
) -> Response[PluginView]:
    """Change a plugin for the mall, as a store's staff does for their store; refusals are the same."""
    wish = data.wish(required_version(if_match))
    return _answer(await plugins.set_plugin(mall, plugin, None, wish, by=caller.shopper_id))


ROUTES = (list_store_plugins, set_store_plugin, list_mall_plugins, set_mall_plugin)
