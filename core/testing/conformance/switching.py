"""Taking a plugin from any state to any other, by the steps that are allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ...mall import Mall
from ...plugins.changing import Wish, change
from ...plugins.rules import State

_STEPS: dict[tuple[State, State], tuple[State, ...]] = {
    ("off", "on"): ("on",),
    ("off", "draining"): ("on", "draining"),
    ("on", "draining"): ("draining",),
    ("on", "off"): ("draining", "off"),
    ("draining", "off"): ("off",),
    ("draining", "on"): ("on",),
}


async def switch(
    mall: Mall, plugin: str, place: UUID | None, state: State, settings: Mapping[str, Any] | None = None
) -> None:
    """Have a plugin in this state in a store, or in the mall; if it is on then, with these settings unless None."""
    await mall.plugins.states.forget()
    found = await mall.plugins.states.of(plugin, place)
    settings = settings if state == "on" else None
    steps: Sequence[State] = _STEPS.get((found.state, state), (state,) if settings is not None else ())
    for step in steps:
        wish = Wish(revision=found.revision, state=step, settings=settings if step == "on" else None)
        found = await change(mall.plugins.states, plugin, place, wish, now=mall.now())
