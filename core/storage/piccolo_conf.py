"""The one allowed global: the engine and registry that Piccolo looks up by module name.

Both are empty until `bind` is called at start. Tables and migrations find them through PICCOLO_CONF.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from piccolo.conf.apps import AppRegistry

from .engine import Engine

os.environ.setdefault("PICCOLO_CONF", __name__)

DB = Engine()
APP_REGISTRY = AppRegistry(apps=[])

CORE_APPS = tuple(
    f"galleria.core.{domain}.piccolo_app"
    for domain in (
        "storage",
        "http",
        "plugins",
        "accounts",
        "stores",
        "inventory",
        "catalog",
        "cart",
        "payments",
        "orders",
        "checkout",
    )
)


def register_apps(plugin_apps: Sequence[str] = ()) -> None:
    """Make the tables of core and of the discovered plugins known to Piccolo."""
    global APP_REGISTRY
    APP_REGISTRY = AppRegistry(apps=[*CORE_APPS, *plugin_apps])
