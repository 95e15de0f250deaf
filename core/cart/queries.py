"""Reads of carts: each a single statement, so that lines, asks and version belong together."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from ..storage import db
from ..types import Ask
from .contents import CartContents, CartLineRow, DeliveryChoice
from .holders import Holder

__all__ = ["CartContents", "CartLineRow", "DeliveryChoice", "contents", "contents_by_id", "contents_of"]


class _Delivery(msgspec.Struct):
    store_id: UUID
    method: str
    location_id: UUID | None


_CONTENTS = """
SELECT c.id, c.version,
  (SELECT json_agg(l ORDER BY l.id) FROM
    (SELECT id, store_id, sku_id, quantity, seen_price, variant_key, selected, extra
     FROM cart_line WHERE cart_id = c.id) l) AS lines,
  (SELECT json_agg(a ORDER BY a.id) FROM
    (SELECT id, plugin, reference, store_id, amount FROM cart_ask WHERE cart_id = c.id) a) AS asks,
  (SELECT json_agg(d) FROM
    (SELECT store_id, method, location_id FROM cart_delivery WHERE cart_id = c.id) d) AS delivery
FROM cart c
"""
_OF_HOLDER = _CONTENTS + "WHERE c.account_id = $1 OR (c.token_hash = $2 AND c.account_id IS NULL)"
_BY_ID = _CONTENTS + "WHERE c.id = $1"


async def contents(account_id: UUID) -> CartContents | None:
    """An account's cart; None when nothing was ever put into it."""
    return await contents_of(Holder(account_id))


async def contents_of(holder: Holder) -> CartContents | None:
    found = await db.fetch_row(_OF_HOLDER, holder.account_id, holder.token_hash)
    return None if found is None else _contents(found)


async def contents_by_id(cart_id: UUID) -> CartContents | None:
    found = await db.fetch_row(_BY_ID, cart_id)
    return None if found is None else _contents(found)


def _contents(found: asyncpg.Record) -> CartContents:
    delivery = msgspec.convert(found["delivery"] or [], list[_Delivery])
    return CartContents(
        cart_id=found["id"],
        version=found["version"],
        lines=msgspec.convert(found["lines"] or [], tuple[CartLineRow, ...]),
        asks=msgspec.convert(found["asks"] or [], tuple[Ask, ...]),
        delivery={choice.store_id: DeliveryChoice(choice.method, choice.location_id) for choice in delivery},
    )


async def lock(cart_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The carts' versions, locked until the transaction ends: whoever changes or buys one waits."""
    rows = await db.fetch(
        "SELECT id, version FROM cart WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE", list(cart_ids)
    )
    return {row["id"]: row["version"] for row in rows}
