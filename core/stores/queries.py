"""Reads about stores and who works for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from ..storage import db


class StoreRow(Struct, frozen=True, kw_only=True):
    """What other domains need to know of a store. `shipping_fee` is minor units of `currency`."""

    id: UUID
    slug: str
    name: Mapping[str, str]
    currency: str
    locale: str
    time_zone: str
    state: str
    default_location_id: UUID | None
    shipping_fee: int
    tax_rate_ppm: int


class Membership(Struct, frozen=True, kw_only=True):
    """An account's place in a store: `role` owner or staff, with the named permissions of staff."""

    store_id: UUID
    role: str
    permissions: list[str]

    def allows(self, permission: str) -> bool:
        return self.role == "owner" or permission in self.permissions


_STORE = """
SELECT id, slug, name, currency, locale, time_zone, state, default_location_id, shipping_fee, tax_rate_ppm FROM store
"""


async def store_by_ref(ref: str) -> StoreRow | None:
    """A store by its id or its slug."""
    try:
        return await db.row(StoreRow, _STORE + "WHERE id = $1", UUID(ref))
    except ValueError:
        return await db.row(StoreRow, _STORE + "WHERE slug = $1", ref)


async def stores_by_ids(ids: Sequence[UUID]) -> dict[UUID, StoreRow]:
    found = await db.rows(StoreRow, _STORE + "WHERE id = ANY ($1::uuid[])", list(ids))
    return {store.id: store for store in found}


async def membership(store_id: UUID, account_id: UUID) -> Membership | None:
    """None when the account does not work for the store, or no longer does."""
    return await db.row(
        Membership,
        "SELECT store_id, role, permissions FROM store_member "
        "WHERE store_id = $1 AND account_id = $2 AND revoked_at IS NULL",
        store_id,
        account_id,
    )
