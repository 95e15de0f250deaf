"""Plugins made of functions, as if their distributions were installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from ... import hookspecs
from ..plugins.metadata import Plugin, PluginInfo, from_module

_NO_MIGRATIONS = Path(__file__).parent / "no_migrations"


def unique_name(stem: str = "inline") -> str:
    """A plugin's name that no other test uses: whether a plugin is on somewhere outlives the test."""
    return f"{stem}_{uuid4().hex[:8]}"


def inline_plugin(
    name: str,
    *hooks: Callable[..., Any],
    version: str = "1.0",
    tables: Sequence[type[Table]] = (),
    migrations: Path | None = None,
    **info: Any,
) -> Plugin:
    """Make a plugin of functions that are named like the hooks that they implement.

    `info` has fields of its PluginInfo: `settings`, `scopes`, `takes_part`, `optional` ...; the label is the name and
    the groups of hooks are those of its functions, unless it says otherwise. `tables` are registered with it, and
    `migrations` is the folder of their migrations; without one, a test makes them by `create_table`.
    Hand it to the fixture `mall_with`.
    """
    module = ModuleType(f"galleria_{name}")
    vars(module).update({hook.__name__: _marked(hook) for hook in hooks})
    if tables or migrations:
        module.register_tables = _register_tables(name, tables, migrations)  # type: ignore[attr-defined]
    said: dict[str, Any] = {"label": {"zh-CN": name, "en": name}, "requires": {"startup": 1} | _groups(module)}
    module.PLUGIN = PluginInfo(**said | info)  # type: ignore[attr-defined]
    return from_module(name, module, f"galleria-{name}", version)


def _groups(module: ModuleType) -> dict[str, int]:
    specs = vars(hookspecs)
    named = {specs[name].group for name in vars(module) if hasattr(specs.get(name), "group")}
    return {group: hookspecs.VERSIONS[group] for group in named}


def _marked(hook: Callable[..., Any]) -> Callable[..., Any]:
    return hook if hasattr(hook, f"{hookspecs.PROJECT}_impl") else hookspecs.hookimpl(hook)


def _register_tables(name: str, tables: Sequence[type[Table]], migrations: Path | None) -> Callable[..., str]:
    """A hook that names a Piccolo app; the app is a module that is made here, too."""
    app = ModuleType(f"galleria_{name}_piccolo_app")
    app.APP_CONFIG = AppConfig(  # type: ignore[attr-defined]
        app_name=name, migrations_folder_path=str(migrations or _NO_MIGRATIONS), table_classes=list(tables)
    )
    sys.modules[app.__name__] = app

    @hookspecs.hookimpl
    def register_tables() -> str:
        return app.__name__

    return register_tables
