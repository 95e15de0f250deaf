"""May this plugin be loaded here? Names, hook versions and dependencies, checked before any hook is called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ..errors import PluginError
from . import settings
from .metadata import Plugin

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

RESERVED = frozenset(
    {
        "products", "skus", "brands", "categories", "staff", "orders", "cart", "checkouts", "payments", "locations",
        "plugin", "plugins",
    }
)  # fmt: skip
"""Names that core's own routes have below a store, or core's own tables."""


def check(plugins: Sequence[Plugin], versions: Mapping[str, int]) -> None:
    """Raise PluginError with a sentence that says which plugin is refused and what to do.

    `versions` are those of the groups of hooks that this galleria has.
    """
    by_name = {plugin.name: plugin for plugin in plugins}
    for plugin in plugins:
        _check_name(plugin)
        _check_hooks(plugin, versions)
        _check_dependencies(plugin, by_name)
        _check_enabling(plugin)
    load_order(plugins)


def _check_name(plugin: Plugin) -> None:
    if not _NAME.fullmatch(plugin.name) or plugin.name in RESERVED:
        raise PluginError(
            f"The plugin name {plugin.name!r} of {plugin.distribution} is reserved or not lower_case_with_underscores. "
            "Rename its entry point."
        )


def _check_hooks(plugin: Plugin, versions: Mapping[str, int]) -> None:
    for group, wanted in plugin.info.requires.items():
        offered = versions.get(group)
        if offered != wanted:
            advice = f"Install a version of {plugin.distribution} made for {group} {offered}."
            if offered is None or offered < wanted:
                advice = f"Upgrade galleria, or install an older {plugin.distribution}."
            raise PluginError(f"{plugin} requires the hooks {group} {wanted}; this galleria has {offered}. {advice}")


def _check_dependencies(plugin: Plugin, by_name: Mapping[str, Plugin]) -> None:
    for name, specifier in plugin.info.depends.items():
        other = by_name.get(name)
        if other is None:
            raise PluginError(f"{plugin} needs the plugin {name} {specifier}, which is not installed. Install it.")
        try:
            fits = SpecifierSet(specifier).contains(other.version, prereleases=True)
        except InvalidSpecifier as error:
            raise PluginError(f"{plugin} names {name} with {specifier!r}, which is no version specifier.") from error
        if not fits:
            raise PluginError(
                f"{plugin} needs {name} {specifier}, but {other.version} is installed. Change one of them."
            )


def _check_enabling(plugin: Plugin) -> None:
    info = plugin.info
    if not info.scopes or not info.scopes <= {"store", "mall"}:
        raise PluginError(f"{plugin} has the scopes {sorted(info.scopes)}; name 'store', 'mall' or both.")
    if info.on_in_development and "mall" not in info.scopes:
        raise PluginError(f"{plugin} is on in development, which is for the mall, but lacks the scope 'mall'.")
    try:
        lax = settings.lax_shapes(info.settings)
    except TypeError as error:
        raise PluginError(f"{plugin} has settings that JSON cannot carry: {error}. Update it.") from error
    if lax:
        raise PluginError(f"{plugin} has settings ({', '.join(lax)}) that accept unknown fields. Forbid them.")
    if info.on_in_development and settings.faults(info.settings, {}):
        raise PluginError(f"{plugin} is on in development, so its settings need defaults for all fields.")


def load_order(plugins: Sequence[Plugin]) -> list[Plugin]:
    """Dependencies first, else by name. Raises PluginError that names a circle of dependencies."""
    by_name = {plugin.name: plugin for plugin in plugins}
    ordered: dict[str, Plugin] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " -> ".join((*path[path.index(name) :], name))
            raise PluginError(f"Plugins depend on each other in a circle: {circle}. Uninstall one of them.")
        if name not in ordered and name in by_name:
            for other in sorted(by_name[name].info.depends):
                visit(other, (*path, name))
            ordered[name] = by_name[name]

    for name in sorted(by_name):
        visit(name, ())
    return list(ordered.values())
