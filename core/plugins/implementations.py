"""A plugin's function for a hook, with what dispatch has to know of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pluggy
from msgspec import Struct

from ..errors import PluginError
from .metadata import Plugin

_WRAPS = ("wrapper", "hookwrapper", "tryfirst", "trylast")


class Implementation(Struct, frozen=True, kw_only=True, eq=False):
    """`arguments` are the names that the function takes, as few of the hook's as it likes."""

    plugin: Plugin
    hook: str
    function: Callable[..., Any]
    arguments: frozenset[str]


def implementation(plugin: Plugin, hook: str, impl: pluggy.HookImpl, group: str) -> Implementation:
    """Raises PluginError for a wrapper, an order of its own, or a group of hooks that the plugin does not require."""
    taken = [option for option in _WRAPS if getattr(impl, option, False)]
    if taken:
        raise PluginError(f"{plugin} implements {hook} with {taken[0]}=True. Hooks have no wrappers and no order.")
    if group not in plugin.info.requires:
        raise PluginError(f"{plugin} implements {hook}, but its PLUGIN.requires lacks the hooks {group!r}. Add them.")
    return Implementation(plugin=plugin, hook=hook, function=impl.function, arguments=frozenset(impl.argnames))
