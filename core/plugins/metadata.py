"""What an installed plugin says of itself, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Literal

import importlib_metadata
from msgspec import Struct, field

from ..errors import PluginConflict, PluginError

GROUP = "galleria.plugins"

Scope = Literal["store", "mall"]


class PluginInfo(Struct, frozen=True, kw_only=True):
    """The constant `PLUGIN` of a plugin's module.

    `requires` names the hook groups that it was written for, with their version: `{"startup": 1}`.
    `depends` names other plugins that must be loaded, with a version specifier: `{"vouchers": ">=1.2"}`.
    `scopes` says where it may be switched on: in single stores, for the mall, or both.
    `settings` is the shape of its settings, one value per scope where it is on: a Struct that refuses unknown
    fields, as a subclass of `Body` does. `on_in_development` has it on for the mall in development mode until
    somebody changes that; everywhere else a plugin is off until it is switched on.
    `takes_part` says which orders it claims and is told of: `own`, those that carry its adjustments, or `every`
    one that is placed where it is on. While an `optional` plugin fails, its checks and claims are left out;
    while any other fails, what it has a say in is refused.
    """

    label: Mapping[str, str]
    requires: Mapping[str, int]
    depends: Mapping[str, str] = field(default_factory=dict)
    scopes: frozenset[Scope] = frozenset({"store", "mall"})
    settings: type[Struct] | None = None
    on_in_development: bool = False
    takes_part: Literal["own", "every"] = "own"
    optional: bool = False


class Plugin(Struct, frozen=True, kw_only=True, eq=False):
    """A loaded plugin: its entry point's name, its distribution with the version, and its module."""

    name: str
    distribution: str
    version: str
    info: PluginInfo
    module: ModuleType

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"


def discover() -> list[Plugin]:
    """Load every installed plugin, sorted by name.

    Raises PluginConflict when two distributions claim one name, PluginError when one cannot be imported.
    """
    found: dict[str, Plugin] = {}
    for entry in importlib_metadata.entry_points(group=GROUP):
        plugin = _load(entry)
        other = found.setdefault(plugin.name, plugin)
        if other.distribution != plugin.distribution:
            raise PluginConflict(
                f"The plugin name {plugin.name!r} is claimed by {other.distribution} {other.version} and "
                f"{plugin.distribution} {plugin.version}. Uninstall one of them."
            )
    return [found[name] for name in sorted(found)]


def _load(entry: importlib_metadata.EntryPoint) -> Plugin:
    distribution = entry.dist
    if distribution is None:
        raise PluginError(f"The plugin {entry.name!r} comes from no distribution. Install it as a package.")
    try:
        module = entry.load()
    except Exception as error:  # anything may go wrong in foreign code; the message says whose it is
        raise PluginError(
            f"The plugin {entry.name!r} of {distribution.name} {distribution.version} cannot be imported: "
            f"{type(error).__name__}: {error}. Update or uninstall it."
        ) from error
    return from_module(entry.name, module, distribution.name, distribution.version)


def from_module(name: str, module: ModuleType, distribution: str, version: str) -> Plugin:
    """Make a Plugin of a module that has a constant `PLUGIN`. Raises PluginError."""
    info = getattr(module, "PLUGIN", None)
    if not isinstance(info, PluginInfo):
        raise PluginError(f"The plugin {name!r} of {distribution} {version} lacks a constant PLUGIN = PluginInfo(...).")
    return Plugin(name=name, distribution=distribution, version=version, info=info, module=module)
