"""The stored states of plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
_SORTED = "ORDER BY store_id NULLS FIRST, plugin"
_ONE = f"{_ALL} WHERE store_id IS NOT DISTINCT FROM $1 AND plugin = $2"


async def revision() -> int:
    """How many changes have committed: it grows with each one."""
    found: int = await db.fetch_value("SELECT revision FROM plugin_revision WHERE id = 1")
    return found


async def standings() -> list[Standing]:
    """Every stored one: changes are few, so that a process keeps them all."""
    return await db.rows(Standing, _ALL)


async def standings_of(plugins: Sequence[str]) -> list[Standing]:
    """The stored ones of some plugins, the mall's first, then by store."""
    return await db.rows(Standing, f"{_ALL} WHERE plugin = ANY ($1::text[]) {_SORTED}", list(plugins))


async def places() -> dict[UUID | None, int]:
    """The last change of anything, by store."""
    return {row["store_id"]: row["revision"] for row in await db.fetch("SELECT store_id, revision FROM plugin_place")}


async def places_of(store_ids: Sequence[UUID]) -> dict[UUID | None, int]:
    """The last change of anything in these stores and in the mall; those without any change are left out."""
    sql = "SELECT store_id, revision FROM plugin_place WHERE store_id = ANY ($1::uuid[]) OR store_id IS NULL"
    return {row["store_id"]: row["revision"] for row in await db.fetch(sql, list(store_ids))}


async def rules() -> dict[tuple[UUID | None, str], int]:
    """The last change of each plugin's own rules, by place."""
    found = await db.fetch("SELECT store_id, plugin, revision FROM plugin_rules")
    return {(row["store_id"], row["plugin"]): row["revision"] for row in found}


async def classes() -> dict[UUID | None, tuple[str, ...]]:
    """The orders of offer classes that are not the shipped one, by store."""
    found = await db.fetch("SELECT store_id, classes FROM offer_class_order")
    return {row["store_id"]: tuple(row["classes"]) for row in found}


async def standing(plugin: str, store_id: UUID | None) -> Standing | None:
    return await db.row(Standing, _ONE, store_id, plugin)
