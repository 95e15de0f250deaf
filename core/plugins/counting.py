"""The one count of all changes about plugins, by which each process sees that something is new."""

from __future__ import annotations

from uuid import UUID

from ..ids import new_id
from ..storage import db

_COUNT = "UPDATE plugin_revision SET revision = revision + 1 WHERE id = 1 RETURNING revision"
_PLACE = """
INSERT INTO plugin_place (id, store_id, revision) VALUES ($1, $2, $3)
ON CONFLICT (store_id) DO UPDATE SET revision = excluded.revision
"""
_RULES = """
INSERT INTO plugin_rules (id, store_id, plugin, revision) VALUES ($1, $2, $3, $4)
ON CONFLICT (store_id, plugin) DO UPDATE SET revision = excluded.revision
"""


@db.atomic
async def count(store_id: UUID | None) -> int:
    """Count a change in a store, or in the mall; return its number. The count stays locked until the commit."""
    revision: int = await db.fetch_value(_COUNT)
    await db.execute(_PLACE, new_id(), store_id, revision)
    return revision


@db.atomic
async def touch(plugin: str, store_id: UUID | None) -> int:
    """Count a change of a plugin's own rules there: what is cached of them, and what was priced by them, is stale."""
    revision = await count(store_id)
    await db.execute(_RULES, new_id(), store_id, plugin, revision)
    return revision
