"""A plugin works where the plugins that it depends on are on: it is switched on after them, and off before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from ..errors import Conflict
from . import queries
from .metadata import Plugin
from .queries import Standing
from .rules import scope_of
from .states import States

_MOST = 20
"""Places that a refusal names."""


class PluginDependencyOff(Conflict):
    """`plugins` are those to switch on first."""

    code = "plugin_dependency_off"
    title = "A plugin that this one depends on is not on"


class PluginNeeded(Conflict):
    """`needed_by` has plugins that depend on this one, with the store, or null for the mall, where they are on."""

    code = "plugin_needed"
    title = "A plugin that is on depends on this one"


async def require_dependencies(states: States, plugin: Plugin, store_id: UUID | None) -> None:
    """Raises PluginDependencyOff. Call it with the count of changes held, so that nothing is switched beside it."""
    needed = [states.plugin(name) for name in sorted(plugin.info.depends)]
    off = [one.name for one in needed for place in _places(one, store_id) if not await _is_on(states, one, place)]
    if off:
        raise PluginDependencyOff(f"{plugin.name} needs {', '.join(off)}. Switch that on first.", plugins=off)


async def require_unneeded(states: States, plugin: Plugin, store_id: UUID | None) -> None:
    """Raises PluginNeeded. Call it with the count of changes held, so that nothing is switched beside it."""
    dependants = [one for one in states.plugins.values() if plugin.name in one.info.depends]
    if not dependants:
        return
    needing = [
        {"plugin": one.plugin, "store_id": one.store_id and str(one.store_id)}
        for one in await _standings(states, dependants)
        if one.state == "on" and store_id in _places(plugin, one.store_id)
    ]
    if needing:
        names = ", ".join(sorted({str(one["plugin"]) for one in needing}))
        raise PluginNeeded(f"{plugin.name} is needed by {names}. Switch that off first.", needed_by=needing[:_MOST])


def _places(needed: Plugin, store_id: UUID | None) -> Iterator[UUID | None]:
    """Where a plugin has to be on for one that is on in a store, or in the mall: there, or, if it is for the mall only,
    in the mall. One that is for stores only is nothing to the mall."""
    if scope_of(store_id) in needed.info.scopes:
        yield store_id
    elif "mall" in needed.info.scopes:
        yield None


async def _is_on(states: States, plugin: Plugin, store_id: UUID | None) -> bool:
    found = await queries.standing(plugin.name, store_id) or states.unchanged(plugin, store_id)
    return found.state == "on"


async def _standings(states: States, plugins: Sequence[Plugin]) -> list[Standing]:
    """The plugins' standings everywhere, also where nobody has changed them yet."""
    stored = await queries.standings_of([plugin.name for plugin in plugins])
    changed = {one.plugin for one in stored if one.store_id is None}
    return [*stored, *(states.unchanged(one, None) for one in plugins if one.name not in changed)]
