"""Who is told of an order: the plugins that took part when it was placed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from ..ids import new_id
from ..storage import bulk, db

_PREFIX = "plugin:"
_MALL = "@mall"


class Participant(Struct, frozen=True, kw_only=True):
    """`for_mall`: as the mall's plugin; otherwise as the store's."""

    order_id: UUID
    store_id: UUID
    plugin: str
    for_mall: bool

    @property
    def recipient(self) -> str:
        return recipient(self.plugin, for_mall=self.for_mall)


def recipient(plugin: str, *, for_mall: bool) -> str:
    """The name under which deliveries to a plugin stand in rows: it is never changed."""
    return f"{_PREFIX}{plugin}{_MALL if for_mall else ''}"


async def insert(participants: Sequence[Participant]) -> None:
    rows = [
        {
            "id": new_id(),
            "store_id": one.store_id,
            "order_id": one.order_id,
            "plugin": one.plugin,
            "for_mall": one.for_mall,
        }
        for one in participants
    ]
    await bulk.insert("order_participant", rows)


async def recipients(order_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The names of those who are told of these orders, by order."""
    sql = (
        "SELECT order_id, store_id, plugin, for_mall FROM order_participant WHERE order_id = ANY ($1::uuid[]) "
        "ORDER BY order_id, plugin, for_mall"
    )
    found: dict[UUID, list[str]] = {}
    for one in await db.rows(Participant, sql, list(order_ids)):
        found.setdefault(one.order_id, []).append(one.recipient)
    return found
