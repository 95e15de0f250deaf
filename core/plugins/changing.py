"""Switching a plugin, and its settings: one compare-and-set, with its line of history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..errors import PreconditionFailed
from ..ids import new_id
from ..storage import db
from . import depending, queries, rules, settings
from .counting import count
from .queries import Standing
from .rules import State
from .states import States


class Wish(Struct, frozen=True, kw_only=True):
    """What is to become; None leaves a thing as it is. `revision` is the standing's that the wish was made on."""

    revision: int
    state: State | None = None
    settings: Mapping[str, Any] | None = None


_VALUES = (
    "(id, store_id, plugin, state, settings, revision, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
_FIRST = f"INSERT INTO plugin_state {_VALUES} ON CONFLICT (store_id, plugin) DO NOTHING"
_NEXT = """
UPDATE plugin_state SET state = $3, settings = $4, revision = $5, changed_at = $6, changed_by = $7
WHERE store_id IS NOT DISTINCT FROM $1 AND plugin = $2 AND revision = $8
"""
_HISTORY = f"INSERT INTO plugin_state_change {_VALUES}"


async def change(
    states: States, name: str, store_id: UUID | None, wish: Wish, *, now: datetime, by: UUID | None = None
) -> Standing:
    """Change a plugin in a store, or in the mall; return it as it stands then. `by` is the account, None for a command.

    Raises PluginNotFound, Invalid (`plugin_wrong_scope`, `settings_invalid`), PluginStateOrder, PluginDependencyOff,
    PluginNeeded, and PreconditionFailed when somebody else was faster. A plugin that is on has settings that fit.
    """
    rules.require_scope(states.plugin(name), rules.scope_of(store_id))
    changed = await _change(states, name, store_id, wish, now, by)
    await states.forget()
    return changed


@db.atomic
async def _change(
    states: States, name: str, store_id: UUID | None, wish: Wish, now: datetime, by: UUID | None
) -> Standing:
    plugin = states.plugin(name)
    before = await queries.standing(name, store_id) or states.unchanged(plugin, store_id)
    if before.revision != wish.revision:
        raise PreconditionFailed
    after = Standing(
        store_id=store_id,
        plugin=name,
        state=wish.state or before.state,
        settings=before.settings if wish.settings is None else wish.settings,
        revision=await count(store_id),
        changed_at=now,
        changed_by=by,
    )
    rules.require_step(before.state, after.state)
    begins, ends = after.state == "on" != before.state, before.state == "on" != after.state
    if wish.settings is not None or begins:
        settings.require_fitting(plugin.info.settings, after.settings)
    if begins:
        await depending.require_dependencies(states, plugin, store_id)
    if ends:
        await depending.require_unneeded(states, plugin, store_id)
    await _write(before.revision, after)
    return after


async def _write(expected: int, after: Standing) -> None:
    values = (after.state, dict(after.settings), after.revision, after.changed_at, after.changed_by)
    if expected:
        written = await db.execute(_NEXT, after.store_id, after.plugin, *values, expected)
    else:
        written = await db.execute(_FIRST, new_id(), after.store_id, after.plugin, *values)
    if not written:
        raise PreconditionFailed
    await db.execute(_HISTORY, new_id(), after.store_id, after.plugin, *values)
