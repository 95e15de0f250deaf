"""The plugins of a process: discovered, checked, and asked once for what they register."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from importlib import import_module
from inspect import isfunction
from types import ModuleType
from typing import Any, TypeVar

import pluggy
from piccolo.conf.apps import AppConfig

from ..errors import PluginConflict, PluginError
from ..providers import PaymentProvider
from ..settings import Settings
from ..storage.invariants import Invariant
from . import checking, compatibility
from .breakers import Breakers
from .implementations import Implementation, implementation
from .memory import Memory
from .metadata import Plugin, Scope, discover
from .meter import Meter
from .registration import Permission, Routes, StartupContext
from .states import States
from .watched import Watched

T = TypeVar("T")


class PluginManager:
    """Holds the loaded plugins, the results of their startup hooks, and what this process has seen of them.

    Raises PluginError on construction.

    `specs` is the module of hook specifications, with its `PROJECT` and `VERSIONS`.
    """

    def __init__(self, settings: Settings, specs: ModuleType, plugins: Sequence[Plugin] | None = None) -> None:
        found = discover() if plugins is None else list(plugins)
        compatibility.check(found, specs.VERSIONS)
        self.settings = settings
        self.plugins = compatibility.load_order(found)
        self._pluggy = pluggy.PluginManager(specs.PROJECT)
        self._pluggy.add_hookspecs(specs)
        for plugin in self.plugins:
            self._register(plugin)
        self.implementations = self._implementations(specs)
        self.states = States(self.plugins, production=settings.production)
        self.memory = Memory()
        self.breakers = Breakers()
        self.meter = Meter()
        self.watched = Watched()
        self.tasks: set[asyncio.Task[None]] = set()
        self.apps: dict[str, AppConfig] = {}
        self.table_apps = self._table_apps()
        self.owners: dict[str, Plugin] = {}
        self.providers = self._providers()
        self.permissions = self._permissions()
        self.invariants = self._invariants()

    def routes(self) -> dict[str, Routes]:
        """The routes of each plugin that has some, by plugin name."""
        found = {}
        for plugin, routes in self._ask("register_routes", Routes):
            _require_scope(plugin, "mall", bool(routes.mall), "mall routes")
            _require_scope(plugin, "store", bool(routes.store), "store routes")
            found[plugin.name] = routes
        return found

    async def offered(self) -> dict[str, PaymentProvider]:
        """The ways to pay that may be chosen now, by code: those of plugins that are on for the mall.

        `providers` has the others too, for what was begun with them: attempts, notifications, refunds.
        """
        return {code: provider for code, provider in self.providers.items() if await self._is_offered(code)}

    async def _is_offered(self, code: str) -> bool:
        owner = self.owners.get(code)
        return owner is None or await self.states.is_on(owner.name, None)

    def _register(self, plugin: Plugin) -> None:
        try:
            self._pluggy.register(plugin.module, name=plugin.name)
            self._pluggy.check_pending()
        except (ValueError, pluggy.PluginValidationError) as error:
            raise PluginError(f"{plugin} has a hook that does not fit: {error}. Update it.") from error

    def _implementations(self, specs: ModuleType) -> dict[str, tuple[Implementation, ...]]:
        """Of each hook that is called at run time, sorted by plugin name. Raises PluginError."""
        found = {}
        for hook, group in _groups(specs).items():
            impls = getattr(self._pluggy.hook, hook).get_hookimpls()
            made = [implementation(self._plugin(impl.plugin_name), hook, impl, group) for impl in impls]
            found[hook] = tuple(sorted(made, key=lambda each: each.plugin.name))
        return found

    def _impls(self, hook: str) -> list[pluggy.HookImpl]:
        found: list[pluggy.HookImpl] = getattr(self._pluggy.hook, hook).get_hookimpls()
        return found

    def _plugin(self, name: str) -> Plugin:
        return next(plugin for plugin in self.plugins if plugin.name == name)

    def _ask(self, hook: str, expected: type[T] | tuple[type, ...]) -> Iterator[tuple[Plugin, Any]]:
        """Call one startup hook plugin by plugin; a failing one stops the start with its name."""
        implementations = {each.plugin.name: each for each in self.implementations[hook]}
        for plugin in self.plugins:
            if plugin.name in implementations:
                yield plugin, self._call(plugin, hook, implementations[plugin.name], expected)

    def _call(self, plugin: Plugin, hook: str, implementation: Implementation, expected: Any) -> Any:
        context = StartupContext(settings=self.settings, plugin=plugin.name)
        try:
            answer = implementation.function(**({"ctx": context} if "ctx" in implementation.arguments else {}))
        except Exception as error:  # foreign code: the start stops and says whose it is
            raise PluginError(f"{plugin} failed in {hook}: {type(error).__name__}: {error}. Update it.") from error
        if not isinstance(answer, expected):
            raise PluginError(f"{plugin} answered {hook} with a {type(answer).__name__}. Update it.")
        return answer

    def _table_apps(self) -> list[str]:
        apps = []
        for plugin, path in self._ask("register_tables", str):
            self.apps[plugin.name] = import_module(path).APP_CONFIG
            _check_tables(plugin, self.apps[plugin.name])
            apps.append(path)
        return apps

    def _permissions(self) -> dict[str, tuple[Permission, ...]]:
        """What each plugin lets stores allow their staff, by plugin name."""
        asked = self._ask("register_permissions", (list, tuple))
        return {plugin.name: checking.permissions(plugin, offered) for plugin, offered in asked}

    def _invariants(self) -> tuple[Invariant, ...]:
        """What must hold for the plugins' rows; each name says whose it is."""
        asked = self._ask("register_invariants", (list, tuple))
        return tuple(one for plugin, offered in asked for one in checking.invariants(plugin, offered))

    def _providers(self) -> dict[str, PaymentProvider]:
        providers: dict[str, PaymentProvider] = {}
        for plugin, offered in self._ask("register_payment_providers", (list, tuple)):
            _require_scope(plugin, "mall", bool(offered), "payment providers")
            for provider in offered:
                other = self.owners.setdefault(provider.code, plugin)
                if provider.code in providers:
                    raise PluginConflict(
                        f"The payment provider {provider.code!r} is claimed by {other} and {plugin}. "
                        "Uninstall one of them."
                    )
                providers[provider.code] = provider
        return providers


def _groups(specs: ModuleType) -> dict[str, str]:
    """The group of each hook that the module specifies."""
    return {
        name: str(vars(item)["group"])
        for name, item in vars(specs).items()
        if isfunction(item) and hasattr(item, "group")
    }


def _require_scope(plugin: Plugin, scope: Scope, registers: bool, what: str) -> None:
    if registers and scope not in plugin.info.scopes:
        raise PluginError(f"{plugin} registers {what}, but lacks the scope {scope!r}. Add it to its PluginInfo.")


def _check_tables(plugin: Plugin, config: AppConfig) -> None:
    if config.app_name != plugin.name:
        raise PluginError(f"{plugin} registers tables as {config.app_name!r}; the app must be named {plugin.name!r}.")
    for table in config.table_classes:
        meta = table._meta  # noqa: SLF001  Piccolo has no public door to a table's name and columns
        if not meta.tablename.startswith(f"{plugin.name}_"):
            raise PluginError(f"{plugin} has a table {meta.tablename!r}; its name must begin with {plugin.name}_.")
        owned = any(column._meta.name == "store_id" for column in meta.columns)  # noqa: SLF001
        if not owned and "mall" not in meta.tags:
            raise PluginError(f"{plugin}: the table {meta.tablename!r} needs a store_id column or the tag 'mall'.")
