"""The one guard of the API: it holds each request against the policy that its handler states."""

from __future__ import annotations

from typing import Any

import structlog
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from ..errors import Forbidden, NotFound, Unauthenticated
from ..http.access import Access
from ..http.caller import Caller
from ..mall import Mall
from ..plugins.metadata import Scope
from ..plugins.rules import PluginDisabled
from . import queries

Connection = ASGIConnection[Any, Any, Any, Any]


async def enforce(connection: Connection, handler: BaseRouteHandler) -> None:
    """Raises Unauthenticated, Forbidden or NotFound. A handler without a policy does not get past the start."""
    access: Access | None = handler.opt.get("access")
    if access is None or access.kind == "public":
        return
    caller: Caller = connection.user
    if caller.account_id is None:
        raise Unauthenticated
    if access.kind == "operator" and not caller.is_operator:
        raise Forbidden("This is for the operator of the mall.")
    if access.kind == "staff":
        await _enforce_staff(connection, caller, access.permission)


def enabled(plugin: str, scope: Scope) -> Guard:
    """For a plugin's routes: raises PluginDisabled unless the plugin is on in the store of the path, or the mall."""

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        mall: Mall = connection.app.state.mall
        store_id = (await store_of(connection)).id if scope == "store" else None
        if not await mall.plugins.states.is_on(plugin, store_id):
            raise PluginDisabled(f"{plugin} is not on here.")

    return guard


async def _enforce_staff(connection: Connection, caller: Caller, permission: str) -> None:
    store = await store_of(connection)
    if caller.is_operator:
        return
    member = await queries.membership(store.id, caller.shopper_id)
    if member is None:
        raise Forbidden("You do not work for this store.")
    if permission and not member.allows(permission):
        raise Forbidden(f"Your role in this store lacks the permission {permission}.", permission=permission)


async def store_of(connection: Connection) -> queries.StoreRow:
    """The store that the path names, read once a request. Raises NotFound (`store_not_found`)."""
    state = connection.scope.setdefault("state", {})
    if "store" not in state:
        found = await queries.store_by_ref(str(connection.path_params["store_ref"]))
        if found is None:
            raise NotFound("There is no such store.", code="store_not_found")
        structlog.contextvars.bind_contextvars(store=found.slug)
        state["store"] = found
    row: queries.StoreRow = state["store"]
    return row
