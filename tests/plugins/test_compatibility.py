from __future__ import annotations

from types import ModuleType

import pytest
from galleria import hookspecs
from galleria.core.errors import PluginConflict, PluginError
from galleria.core.http.schemas import Body
from galleria.core.plugins import compatibility, metadata
from galleria.core.plugins.manager import PluginManager
from galleria.core.plugins.metadata import from_module
from galleria.core.settings import Settings
from galleria.hookspecs import Routes, hookimpl
from litestar import get
from msgspec import Struct

from .inline import plugin


def hook(function):
    return hookimpl(function)


def manager(*plugins):
    return PluginManager(Settings(), hookspecs, plugins)


def test_a_plugin_for_newer_hooks_is_refused_with_advice():
    """The message names the plugin, both versions, and what to do."""
    with pytest.raises(PluginError, match=r"vouchers \(galleria-vouchers 1.0\) requires the hooks startup 2.*Upgrade"):
        manager(plugin("vouchers", requires={"startup": 2}))


def test_a_missing_dependency_is_named():
    """A plugin that needs another one says which, and that it is to be installed."""
    with pytest.raises(PluginError, match="needs the plugin coupons >=1.2, which is not installed"):
        manager(plugin("vouchers", depends={"coupons": ">=1.2"}))


def test_a_dependency_of_the_wrong_version_is_named():
    """The installed version is in the message."""
    with pytest.raises(PluginError, match=r"needs coupons >=1.2, but 1.0 is installed"):
        manager(plugin("coupons"), plugin("vouchers", depends={"coupons": ">=1.2"}))


def test_a_circle_of_dependencies_is_shown():
    """The whole circle is in the message."""
    with pytest.raises(PluginError, match="a -> b -> a"):
        manager(plugin("a", depends={"b": ""}), plugin("b", depends={"a": ""}))


def test_dependencies_are_loaded_first():
    """Order is by dependency, then by name."""
    found = compatibility.load_order([plugin("a", depends={"z": ""}), plugin("z"), plugin("b")])
    assert [entry.name for entry in found] == ["z", "a", "b"]


@pytest.mark.parametrize("name", ["products", "Upper", "with-dash", "9lives"])
def test_a_reserved_or_odd_name_is_refused(name):
    """A plugin's name is a part of addresses and table names."""
    with pytest.raises(PluginError, match="Rename its entry point"):
        manager(plugin(name))


def test_two_distributions_of_one_name_are_both_named(monkeypatch):
    """A conflict names both culprits with their versions."""
    first, second = plugin("vouchers", version="1.2"), plugin("vouchers", version="0.9")
    second = metadata.Plugin(
        name="vouchers", distribution="other-vouchers", version="0.9", info=second.info, module=second.module
    )
    made = iter([first, second])
    monkeypatch.setattr(metadata.importlib_metadata, "entry_points", lambda group: [None, None])
    monkeypatch.setattr(metadata, "_load", lambda entry: next(made))
    with pytest.raises(PluginConflict, match="galleria-vouchers 1.2 and other-vouchers 0.9"):
        metadata.discover()


class Provider:
    code = "cash"
    label = {"en": "Cash"}  # noqa: RUF012
    merchant = app = "m"


def providers(*codes):
    @hook
    def register_payment_providers(ctx):
        return [type("P", (Provider,), {"code": code})() for code in codes]

    return {"register_payment_providers": register_payment_providers}


def test_two_providers_of_one_code_stop_the_start_and_name_both_plugins():
    """The message names both plugins."""
    with pytest.raises(PluginConflict, match=r"'cash' is claimed by a \(.*\) and b \("):
        manager(plugin("a", **providers("cash")), plugin("b", **providers("cash")))


def test_a_plugin_that_claims_a_code_twice_is_refused():
    """One plugin, one code, one provider."""
    with pytest.raises(PluginError, match="cash"):
        manager(plugin("a", **providers("cash", "cash")))


def test_a_hook_that_raises_stops_the_start_with_the_plugins_name():
    """Whose fault it is stands in the message."""

    @hook
    def register_routes(ctx):
        raise ValueError("boom")

    with pytest.raises(PluginError, match=r"a \(galleria-a 1.0\) failed in register_routes: ValueError: boom"):
        manager(plugin("a", register_routes=register_routes)).routes()


def test_a_hook_that_answers_nonsense_stops_the_start():
    """What a hook returns is checked."""

    @hook
    def register_routes(ctx):
        return ["/coupons"]

    with pytest.raises(PluginError, match="answered register_routes with a list"):
        manager(plugin("a", register_routes=register_routes)).routes()


def test_a_hook_with_unknown_arguments_is_refused():
    """An implementation that asks for what the specification does not give is named at load."""

    @hook
    def register_routes(ctx, cart):
        return Routes()

    with pytest.raises(PluginError, match="has a hook that does not fit"):
        manager(plugin("a", register_routes=register_routes))


def test_a_hook_that_does_not_exist_is_refused():
    """A misspelt hook would never be called; better to say so."""

    @hook
    def register_rutes(ctx):
        return Routes()

    with pytest.raises(PluginError, match="register_rutes"):
        manager(plugin("a", register_rutes=register_rutes))


def test_a_module_without_plugin_info_is_refused():
    """The message says which constant is missing."""
    with pytest.raises(PluginError, match="lacks a constant PLUGIN"):
        from_module("a", ModuleType("a"), "galleria-a", "1")


@get("/hello", opt={})
async def hello() -> None:
    """A route."""


@hook
def mall_routes(ctx):
    return Routes(mall=[hello])


@hook
def store_routes(ctx):
    return Routes(store=[hello])


@pytest.mark.parametrize(("routes", "scope"), [(mall_routes, "store"), (store_routes, "mall")])
def test_routes_need_their_scope(routes, scope):
    """Routes that nobody could ever switch on stop the start."""
    with pytest.raises(PluginError, match=r"lacks the scope.*Add it"):
        manager(plugin("a", info={"scopes": frozenset({scope})}, register_routes=routes)).routes()


def test_payment_providers_are_for_the_mall():
    """A plugin of single stores cannot offer a way to pay."""
    with pytest.raises(PluginError, match="payment providers, but lacks the scope 'mall'"):
        manager(plugin("a", info={"scopes": frozenset({"store"})}, **providers("cash")))


class Lax(Struct):
    limit: int = 1


class Nested(Body):
    inner: Lax | None = None


class Demanding(Body):
    limit: int


class Opaque(Body):
    limit: slice | None = None


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        ({"scopes": frozenset()}, "name 'store', 'mall' or both"),
        ({"scopes": frozenset({"world"})}, "name 'store', 'mall' or both"),
        ({"scopes": frozenset({"store"}), "on_in_development": True}, "lacks the scope 'mall'"),
        ({"settings": Lax}, r"\(Lax\) that accept unknown fields"),
        ({"settings": Nested}, r"\(Lax\) that accept unknown fields"),
        ({"settings": Opaque}, "settings that JSON cannot carry"),
        ({"settings": Demanding, "on_in_development": True}, "need defaults for all fields"),
    ],
)
def test_a_plugin_that_could_not_be_switched_well_is_refused(info, reason):
    """Scopes and settings are checked at load."""
    with pytest.raises(PluginError, match=reason):
        manager(plugin("a", info=info))


def test_settings_without_defaults_are_fine_for_a_plugin_that_waits():
    """Whoever switches it on says them."""
    assert manager(plugin("a", info={"settings": Demanding})).plugins
