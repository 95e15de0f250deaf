from __future__ import annotations

import pytest
from galleria.core.errors import Invalid
from galleria.core.stores import permissions


def test_every_name_that_core_asks_for_is_registered(application):
    """Core's routes ask for no permission that is missing from its list, and the list has none that none asks for."""
    asked = {
        handler.opt["access"].permission
        for route in application.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.opt.get("access") and handler.fn.__module__.startswith("galleria.core.")
    }
    assert asked - {""} == permissions.CORE


def test_unknown_names_are_refused_together():
    """The refusal names each unknown permission; known ones come sorted and once."""
    assert permissions.require_known(["b.x", "a.x", "b.x"], {"a.x", "b.x"}) == ["a.x", "b.x"]
    with pytest.raises(Invalid) as caught:
        permissions.require_known(["c.x", "a.x", "d.x"], {"a.x"})
    assert [error["detail"] for error in caught.value.errors] == ["c.x", "d.x"]
