"""What the plugin registers, in development and in production."""

from __future__ import annotations

import ast
from pathlib import Path

import galleria_sandbox_pay
import pytest
from galleria.app import build_mall, create_app
from galleria.core.errors import PluginError
from galleria.core.plugin_api import PaymentProvider, Settings, StartupContext
from galleria_sandbox_pay import plugin


def _context(**settings: str) -> StartupContext:
    return StartupContext(settings=Settings(**settings), plugin="sandbox_pay")


def test_in_production_there_is_no_sandbox():
    """Play money must buy nothing: no provider, no route; the tables stay."""
    ctx = _context(mode="production", secret="x" * 40, public_url="https://mall.example")
    assert list(plugin.register_payment_providers(ctx)) == []
    routes = plugin.register_routes(ctx)
    assert (list(routes.mall), list(routes.store)) == ([], [])
    assert plugin.register_tables(ctx) == "galleria_sandbox_pay.piccolo_app"


def test_in_development_the_mall_offers_it(mall):
    """The installed plugin's provider is known by its code, and has texts in both languages."""
    provider: PaymentProvider = mall.plugins.providers["sandbox_pay"]
    assert set(provider.label) == {"zh-CN", "en"}
    assert (provider.code, provider.merchant, provider.app) == ("sandbox_pay", "sandbox-mall", "sandbox-app")


@pytest.mark.parametrize(("setting", "later"), [("later", True), ("at_once", False)])
def test_the_setting_says_when_refunds_happen(monkeypatch, setting, later):
    """GALLERIA_SANDBOX_PAY_REFUNDS is read at start."""
    monkeypatch.setenv("GALLERIA_SANDBOX_PAY_REFUNDS", setting)
    (provider,) = plugin.register_payment_providers(_context())
    assert provider.refunds_later is later


def test_a_wrong_setting_stops_the_start(monkeypatch, mall):
    """The message names the plugin and the variable."""
    monkeypatch.setenv("GALLERIA_SANDBOX_PAY_REFUNDS", "sometimes")
    with pytest.raises(PluginError, match=r"sandbox_pay .*GALLERIA_SANDBOX_PAY_REFUNDS"):
        build_mall(mall.settings)


def test_the_routes_are_absent_from_a_production_application(addresses):
    """An application in production mode has no path of the sandbox."""
    settings = Settings(
        mode="production", secret="x" * 40, public_url="https://mall.example",
        database_url=addresses.database_url, redis_url=addresses.redis_url, jobs="outside",
    )  # fmt: skip
    application = create_app(build_mall(settings))
    assert not [route.path for route in application.routes if "sandbox_pay" in route.path]


def test_the_plugin_knows_nothing_of_core_but_its_door():
    """Of galleria only core.plugin_api is imported."""
    found = set()
    for path in Path(galleria_sandbox_pay.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found |= {name for name in names if name.split(".")[0] == "galleria"}
    assert found == {"galleria.core.plugin_api"}
