"""The stored states of plugins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, field

from ..storage import db
from .rules import State


class Standing(Struct, frozen=True, kw_only=True):
    """A plugin in one store, or, without a store, in the mall. Revision 0: nobody has changed it yet."""

    store_id: UUID | None
    plugin: str
    state: State
    settings: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 0
    changed_at: datetime | None = None
    changed_by: UUID | None = None


_COLUMNS = "store_id, plugin, state, settings, revision, changed_at, changed_by"
_ALL = f"SELECT {_COLUMNS} FROM plugin_state"  # noqa: S608  the columns are constants
_ONE = f"{_ALL} WHERE store_id IS NOT DISTINCT FROM $1 AND plugin = $2"


async def revision() -> int:
    """How many changes have committed: it grows with each one."""
    found: int = await db.fetch_value("SELECT revision FROM plugin_revision WHERE id = 1")
    return found


async def standings() -> list[Standing]:
    """Every stored one: changes are few, so that a process keeps them all."""
    return await db.rows(Standing, _ALL)


async def standing(plugin: str, store_id: UUID | None) -> Standing | None:
    return await db.row(Standing, _ONE, store_id, plugin)
