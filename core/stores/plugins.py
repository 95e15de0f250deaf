"""Plugins as the API shows and changes them, in a store or in the mall."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, structs

from ..http.schemas import Body
from ..mall import Mall
from ..plugins import settings
from ..plugins.changing import Wish, change
from ..plugins.metadata import Plugin
from ..plugins.queries import Standing
from ..plugins.rules import State, scope_of


class PluginEdit(Body):
    """`settings` replaces all settings of the plugin there."""

    state: State | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET

    def wish(self, revision: int) -> Wish:
        state = None if self.state is UNSET else self.state
        return Wish(revision=revision, state=state, settings=None if self.settings is UNSET else self.settings)


class PluginView(Struct, kw_only=True):
    """An installed plugin. `settings_schema` is a JSON Schema, null without settings; `revision` goes into If-Match.

    `suspended`: it failed there too often, so the process that answers leaves it alone for a while.
    """

    name: str
    label: Mapping[str, str]
    distribution: str
    version: str
    scopes: list[str]
    state: State
    settings: Mapping[str, Any]
    settings_schema: dict[str, Any] | None
    revision: int
    changed_at: datetime | None
    changed_by: UUID | None
    suspended: bool


class CallsView(Struct, kw_only=True):
    """Calls of one hook with one outcome (`ok`, `failed`, `slow`) in one process. Times are seconds."""

    hook: str
    outcome: str
    calls: int
    seconds: float
    longest: float


class MallPluginView(PluginView, kw_only=True):
    """A plugin as the operator sees it. `calls` are those of all places, in the process that answers."""

    calls: list[CallsView]


def view(mall: Mall, plugin: Plugin, standing: Standing) -> PluginView:
    return PluginView(
        name=plugin.name,
        label=plugin.info.label,
        distribution=plugin.distribution,
        version=plugin.version,
        scopes=sorted(plugin.info.scopes),
        state=standing.state,
        settings=standing.settings,
        settings_schema=settings.schema(plugin.info.settings),
        revision=standing.revision,
        changed_at=standing.changed_at,
        changed_by=standing.changed_by,
        suspended=(standing.store_id, plugin.name) in mall.plugins.breakers.suspended(),
    )


def _calls(mall: Mall, plugin: str) -> list[CallsView]:
    found = sorted((key, tally) for key, tally in mall.plugins.meter.tallies.items() if key[0] == plugin)
    return [CallsView(hook=hook, outcome=outcome, **structs.asdict(tally)) for (_, hook, outcome), tally in found]


async def views(mall: Mall, store_id: UUID | None) -> list[PluginView]:
    """Every plugin that may be switched on there, by name."""
    states, scope = mall.plugins.states, scope_of(store_id)
    there = [plugin for _, plugin in sorted(states.plugins.items()) if scope in plugin.info.scopes]
    return [view(mall, plugin, await states.of(plugin.name, store_id)) for plugin in there]


async def mall_views(mall: Mall) -> list[MallPluginView]:
    """Every plugin that may be switched on for the mall, by name, with its calls in this process."""
    found = await views(mall, None)
    return [MallPluginView(**structs.asdict(one), calls=_calls(mall, one.name)) for one in found]


async def set_plugin(mall: Mall, name: str, store_id: UUID | None, wish: Wish, *, by: UUID | None) -> PluginView:
    """Change a plugin there. Raises what `core.plugins.changing.change` raises."""
    states = mall.plugins.states
    changed = await change(states, name, store_id, wish, now=mall.now(), by=by)
    return view(mall, states.plugin(name), changed)
