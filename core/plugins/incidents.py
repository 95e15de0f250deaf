"""The incidents that were written down, for whoever has to do something about them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..storage import db

_PAGE = """
SELECT id, store_id, plugin, hook, kind, error, times, first_at, last_at FROM plugin_incident
WHERE ($1::boolean OR store_id = $2) AND ($3::timestamptz IS NULL OR (last_at, id) < ($3, $4::uuid))
ORDER BY last_at DESC, id DESC LIMIT $5
"""


class Incident(Struct, frozen=True, kw_only=True):
    """A plugin that failed in a hook, in a store or in the mall, as often as `times` says.

    `kind` is `failed` or `slow`, often enough to be suspended there, or `stalled`: a worker stood still and ended.
    """

    id: UUID
    store_id: UUID | None
    plugin: str
    hook: str
    kind: str
    error: str
    times: int
    first_at: datetime
    last_at: datetime


async def incident_page(
    *, store_id: UUID | None = None, everywhere: bool = False, after: tuple[datetime, UUID] | None, limit: int
) -> list[Incident]:
    """Of a store, or of all stores and the mall; those that happened last come first; one more than `limit`."""
    at, identity = after or (None, None)
    return await db.rows(Incident, _PAGE, everywhere, store_id, at, identity, limit + 1)
