from __future__ import annotations

import pytest
from galleria.core.errors import Invalid
from galleria.core.http.access import staff
from galleria.core.stores import permissions
from litestar import Litestar, get


@get("/api/stores/{store_ref:str}/lottery", access=staff("lottery.draw"))
async def draw() -> None:
    """A plugin's route."""


def test_a_plugins_permission_is_known_by_its_routes():
    """What any route asks for can be given, so a plugin's permission needs no edit in core."""
    assert "lottery.draw" in permissions.known(Litestar([draw], openapi_config=None))
    assert "lottery.draw" not in permissions.known(Litestar([], openapi_config=None))


def test_every_name_that_core_asks_for_is_registered(application):
    """Core's routes ask for no permission that is missing from the list."""
    plugins = [name for name in permissions.known(application) if name not in permissions.CORE]
    asked = {
        handler.opt["access"].permission
        for route in application.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.opt.get("access") and handler.fn.__module__.startswith("galleria.core.")
    } - {""}
    assert asked - set(plugins) <= permissions.CORE
    assert not asked & set(plugins)


def test_unknown_names_are_refused_together():
    """The refusal names each unknown permission; known ones come sorted and once."""
    assert permissions.require_known(["b.x", "a.x", "b.x"], {"a.x", "b.x"}) == ["a.x", "b.x"]
    with pytest.raises(Invalid) as caught:
        permissions.require_known(["c.x", "a.x", "d.x"], {"a.x"})
    assert [error["detail"] for error in caught.value.errors] == ["c.x", "d.x"]
