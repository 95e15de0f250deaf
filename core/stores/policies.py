"""Every route says who may call it, and asks for no permission that nobody could be given. Checked at the start."""

from __future__ import annotations

from collections.abc import Iterator

from litestar import Litestar

from ..errors import PluginError, StartupError
from ..http.access import Access
from ..http.mounting import owner_of
from ..mall import Mall
from ..plugins.metadata import Plugin
from . import permissions


def require(application: Litestar, mall: Mall) -> None:
    """Raises StartupError for a route without a policy, PluginError for one whose permission is not registered."""
    known = permissions.known(mall)
    for path, access in _policies(application):
        if access is None:
            raise StartupError(f"The route {path} states no access policy. Give its handler `access=...`.")
        if access.permission and access.permission not in known:
            owner = owner_of(path, mall.plugins.states.plugins)
            raise _unregistered(owner[0] if owner else None, path, access.permission)


def _policies(application: Litestar) -> Iterator[tuple[str, Access | None]]:
    for route in application.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods != {"OPTIONS"} and not route.path.startswith("/api/docs"):
                yield route.path, handler.opt.get("access")


def _unregistered(plugin: Plugin | None, path: str, permission: str) -> StartupError:
    reason = f"asks for the permission {permission!r}, which is registered nowhere"
    if plugin is None:
        return StartupError(f"The route {path} {reason}. Add it to core's.")
    return PluginError(f"{plugin}: the route {path} {reason}. Return it from register_permissions.")
