"""Where the routes of plugins are mounted, and whose route a path is. No two handlers share a path or a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from litestar import Router
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, Guard
from litestar.utils import normalize_path

from ..errors import PluginConflict
from ..plugins.manager import PluginManager
from ..plugins.metadata import Plugin, Scope
from ..plugins.registration import Routes

H = TypeVar("H")

PREFIXES: Mapping[Scope, str] = {"mall": "/api/plugins/", "store": "/api/stores/{store_ref:str}/"}
"""What a plugin's name follows in its paths."""

CORE = "core"
"""Who owns what no plugin does, in messages."""


def routers(
    manager: PluginManager, guard: Callable[[str, Scope], Guard], core: Sequence[ControllerRouterHandler]
) -> list[Router]:
    """The routes of all installed plugins, mounted once, each under a guard that says where the plugin is not on.

    Raises PluginConflict, which names both sides, for a handler that clashes with another one.
    """
    plugins, taken = manager.states.plugins, dict.fromkeys(_claims_of_core(core), CORE)
    found = [router for name, routes in manager.routes().items() for router in _mounted(plugins[name], routes, guard)]
    for owner, router in found:
        routes = list(_routes(router))
        for claim in (*routes, *_names(router)):
            other = taken.setdefault(claim, str(owner))
            if other != str(owner):
                raise PluginConflict(f"{claim} belongs to {other} already, and {owner} claims it. Rename one of them.")
            if routes.count(claim) > 1:
                raise PluginConflict(f"{claim} is claimed twice by {owner}. Remove one of them.")
    return [router for _, router in found]


def owner_of(path: str, plugins: Mapping[str, H]) -> tuple[H, Scope] | None:
    """The plugin whose route a path is, as the router or the API document writes it, and its scope; None for core."""
    parts = path.strip("/").split("/")
    if parts[:2] == ["api", "plugins"] and len(parts) > 2 and parts[2] in plugins:
        return plugins[parts[2]], "mall"
    if parts[:2] == ["api", "stores"] and len(parts) > 3 and parts[3] in plugins:
        return plugins[parts[3]], "store"
    return None


def _mounted(plugin: Plugin, routes: Routes, guard: Callable[[str, Scope], Guard]) -> Iterator[tuple[Plugin, Router]]:
    scoped: Mapping[Scope, Sequence[ControllerRouterHandler]] = {"mall": routes.mall, "store": routes.store}
    for scope, handlers in scoped.items():
        if handlers:
            path, guards = f"{PREFIXES[scope]}{plugin.name}", [guard(plugin.name, scope)]
            try:
                yield plugin, Router(path, route_handlers=list(handlers), tags=[plugin.name], guards=guards)
            except ImproperlyConfiguredException as error:
                raise PluginConflict(
                    f"{plugin} has routes that cannot be mounted: {error.detail}. Update it."
                ) from error


def _routes(router: Router) -> Iterator[str]:
    for route, handler in _handlers(router):
        yield from (_route(method, route.path) for method in sorted(handler.http_methods - {"OPTIONS"}))


def _names(router: Router) -> Iterator[str]:
    return (_name(handler.name) for _, handler in _handlers(router) if handler.name)


def _handlers(router: Router) -> Iterator[tuple[HTTPRoute, HTTPRouteHandler]]:
    """Also those of one path and method, of which Litestar would drop all but one without a word."""
    for route in router.routes:
        if isinstance(route, HTTPRoute):
            yield from ((route, handler) for handler in route.route_handlers)


def _route(method: str, path: str) -> str:
    return f"The route {method} {path}"


def _name(name: str) -> str:
    return f"The handler's name {name!r}"


def _claims_of_core(core: Sequence[ControllerRouterHandler]) -> Iterator[str]:
    for handler in core:
        if isinstance(handler, BaseRouteHandler):
            methods = sorted(getattr(handler, "http_methods", ()))
            yield from (_route(method, normalize_path(path)) for path in handler.paths for method in methods)
            if handler.name:
                yield _name(handler.name)
