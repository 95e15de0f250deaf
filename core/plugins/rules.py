"""The life cycle of an installed plugin in one store or in the mall: off -> on -> draining -> off."""

from __future__ import annotations

from typing import Literal

from ..errors import Conflict, Invalid, NotFound
from .metadata import Plugin, Scope

State = Literal["on", "draining", "off"]

FOLLOWING: dict[State, tuple[State, ...]] = {"off": ("on",), "on": ("draining",), "draining": ("off", "on")}
"""What each state may become; staying is always allowed."""


class PluginNotFound(NotFound):
    code = "plugin_not_found"
    title = "No such plugin is installed"


class PluginDisabled(NotFound):
    """The routes of a plugin answer so where it is draining or off."""

    code = "plugin_disabled"
    title = "This plugin is not on here"


class PluginStateOrder(Conflict):
    """`state` is the current one, `allowed` what it may become."""

    code = "plugin_state_order"
    title = "A plugin goes from on to draining, and from draining to off or back to on"


def scope_of(store_id: object | None) -> Scope:
    return "mall" if store_id is None else "store"


def require_scope(plugin: Plugin, scope: Scope) -> None:
    """Raises Invalid (`plugin_wrong_scope`)."""
    if scope not in plugin.info.scopes:
        where = "for the mall only" if scope == "store" else "in single stores only"
        raise Invalid(f"{plugin.name} is switched on {where}.", code="plugin_wrong_scope")


def require_step(before: State, after: State) -> None:
    """Raises PluginStateOrder for a step that leaves one out."""
    if after != before and after not in FOLLOWING[before]:
        raise PluginStateOrder(f"It is {before}.", state=before, allowed=list(FOLLOWING[before]))


def initial(plugin: Plugin, scope: Scope, *, production: bool) -> State:
    """The state of a plugin that nobody has changed."""
    return "on" if scope == "mall" and plugin.info.on_in_development and not production else "off"
