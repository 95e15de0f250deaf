"""Plugins, switched by a store's staff for the store, and by the operator for the mall."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ..http import cursors
from ..http.access import OPERATOR, staff
from ..http.caller import Caller
from ..http.etag import required_version
from ..http.schemas import Page
from ..mall import Mall
from ..plugins.incidents import Incident, incident_page
from . import plugins
from .parameters import Cursor, IfMatch, Limit, versioned
from .plugins import MallPluginView, PluginEdit, PluginView
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
async def list_mall_plugins(mall: NamedDependency[Mall]) -> list[MallPluginView]:
    """The installed plugins that the mall may have, as they stand in it, and how calls went in this process."""
    return await plugins.mall_views(mall)


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


@get("/api/stores/{store_ref:str}/staff/plugins/incidents", access=MANAGE, tags=["stores"])
async def list_store_incidents(
    store: NamedDependency[StoreRow], limit: Limit = cursors.DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Incident]:
    """Where plugins failed in this store, the last failure first."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    return _page(await incident_page(store_id=store.id, after=after, limit=limit), limit)


@get("/api/mall/plugins/incidents", access=OPERATOR, tags=["mall"])
async def list_incidents(limit: Limit = cursors.DEFAULT_LIMIT, cursor: Cursor = None) -> Page[Incident]:
    """Where plugins failed, in all stores and in the mall, and where one stopped a worker; the last failure first."""
    after = cursors.decode(cursor, tuple[datetime, UUID])
    return _page(await incident_page(everywhere=True, after=after, limit=limit), limit)


def _page(found: list[Incident], limit: int) -> Page[Incident]:
    return cursors.page(found, limit, lambda row: (row.last_at, row.id), lambda row: row)


ROUTES = (
    list_store_plugins,
    set_store_plugin,
    list_mall_plugins,
    set_mall_plugin,
    list_store_incidents,
    list_incidents,
)
