"""What staff may be allowed to do in a store, by name."""

from __future__ import annotations

from collections.abc import Iterable

from litestar import Litestar

from ..errors import Invalid
from ..http.access import Access

CORE = frozenset(
    {
        "catalog.write",
        "members.manage",
        "orders.fulfil",
        "orders.read",
        "orders.refund",
        "payments.read",
        "plugins.manage",
        "prices.write",
        "stock.write",
        "store.edit",
    }
)
"""The names that core's own routes ask for."""

MEMBER = Access("staff")
"""Anyone who works for the store in the path, with whatever permissions; operators too."""


def known(application: Litestar) -> frozenset[str]:
    """Core's names, and every name that a route of the application asks for, plugins' included."""
    found = set(CORE)
    for route in application.routes:
        for handler in getattr(route, "route_handlers", ()):
            access: Access | None = handler.opt.get("access")
            if access is not None and access.permission:
                found.add(access.permission)
    return frozenset(found)


def require_known(names: Iterable[str], registered: Iterable[str]) -> list[str]:
    """The names, sorted and each once. Raises Invalid (`unknown_permission`), naming each that nothing asks for."""
    wanted = sorted(set(names))
    unknown = [name for name in wanted if name not in registered]
    if unknown:
        errors = [{"path": "permissions", "code": "unknown_permission", "detail": name} for name in unknown]
        raise Invalid("There is no such permission.", code="unknown_permission", errors=errors)
    return wanted
