"""Reads about stores and who works for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
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


class StoreProfile(StoreRow, frozen=True, kw_only=True):
    """All of a store. `position` sorts the mall's list; `version` counts the edits."""

    description: Mapping[str, str]
    story: Mapping[str, str]
    logo_url: str
    is_brand: bool
    is_featured: bool
    position: int
    version: int
    created_at: datetime


class MemberRow(Struct, frozen=True, kw_only=True):
    """Somebody who works for a store."""

    account_id: UUID
    name: str
    email: str | None
    phone: str | None
    role: str
    permissions: list[str]
    created_at: datetime


class Workplace(Struct, frozen=True, kw_only=True):
    """A store that an account works for, and as what."""

    id: UUID
    slug: str
    name: Mapping[str, str]
    state: str
    role: str
    permissions: list[str]


class LocationRow(Struct, frozen=True, kw_only=True):
    """A warehouse, branch or pool. Degrees are WGS 84; hours are local ranges by weekday (`hours.py`)."""

    id: UUID
    store_id: UUID
    kind: str
    name: str
    address: Mapping[str, str]
    latitude: float | None
    longitude: float | None
    opening_hours: Mapping[str, list[str]]
    time_zone: str
    active: bool
    version: int


_STORE = """
SELECT id, slug, name, currency, locale, time_zone, state, default_location_id, shipping_fee, tax_rate_ppm FROM store
"""
PROFILE = ", ".join(StoreProfile.__struct_fields__)
LOCATION = ", ".join(LocationRow.__struct_fields__)
_LISTED = f"""
SELECT {PROFILE} FROM store
WHERE ($1::text IS NULL OR state = $1)
  AND ($2::boolean IS NULL OR is_brand = $2) AND ($3::boolean IS NULL OR is_featured = $3)
  AND ($4::text IS NULL OR slug ILIKE $4 OR EXISTS (SELECT FROM jsonb_each_text(name) AS t WHERE t.value ILIKE $4))
  AND (position, id) > ($5, $6)
ORDER BY position, id LIMIT $7
"""  # noqa: S608  names of fields
_MEMBERS = """
SELECT m.account_id, a.name, a.email, a.phone, m.role, m.permissions, m.created_at
FROM store_member m JOIN account a ON a.id = m.account_id
WHERE m.store_id = $1 AND m.revoked_at IS NULL
"""
_WORKPLACES = """
SELECT s.id, s.slug, s.name, s.state, m.role, m.permissions
FROM store_member m JOIN store s ON s.id = m.store_id
WHERE m.account_id = $1 AND m.revoked_at IS NULL AND s.id > $2
ORDER BY s.id LIMIT $3
"""
_LOCATIONS = f"SELECT {LOCATION} FROM location WHERE store_id = $1 "  # noqa: S608  names of fields
_FIRST = UUID(int=0)


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


async def profile(store_id: UUID) -> StoreProfile | None:
    return await db.row(StoreProfile, f"SELECT {PROFILE} FROM store WHERE id = $1", store_id)  # noqa: S608  fields


async def store_page(
    *,
    state: str | None,
    brand: bool | None,
    featured: bool | None,
    text: str | None,
    after: tuple[int, UUID] | None,
    limit: int,
) -> list[StoreProfile]:
    """Stores in the mall's order, one more than `limit`. `text` is looked for in slugs and names."""
    pattern = None if text is None else f"%{_escaped(text)}%"
    position, last = after or (-(2**31), _FIRST)
    return await db.rows(StoreProfile, _LISTED, state, brand, featured, pattern, position, last, limit + 1)


def _escaped(text: str) -> str:
    """Text that stands for itself in LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def member_page(store_id: UUID, *, after: UUID | None, limit: int) -> list[MemberRow]:
    """Who works for the store, by account id, one more than `limit`."""
    order = "AND m.account_id > $2 ORDER BY m.account_id LIMIT $3"
    return await db.rows(MemberRow, _MEMBERS + order, store_id, after or _FIRST, limit + 1)


async def member(store_id: UUID, account_id: UUID) -> MemberRow | None:
    return await db.row(MemberRow, _MEMBERS + "AND m.account_id = $2", store_id, account_id)


async def workplaces(account_id: UUID, *, after: UUID | None, limit: int) -> list[Workplace]:
    """The stores that an account works for, one more than `limit`."""
    return await db.rows(Workplace, _WORKPLACES, account_id, after or _FIRST, limit + 1)


async def locations(store_id: UUID) -> list[LocationRow]:
    """All locations of a store, the oldest first, pools and those out of use included."""
    return await db.rows(LocationRow, _LOCATIONS + "ORDER BY id", store_id)


async def location(store_id: UUID, location_id: UUID) -> LocationRow | None:
    """None when the store has no such location."""
    return await db.row(LocationRow, _LOCATIONS + "AND id = $2", store_id, location_id)


async def location_page(
    store_id: UUID, *, kind: str | None, active: bool | None, after: UUID | None, limit: int
) -> list[LocationRow]:
    """Locations of a store, the oldest first, one more than `limit`."""
    chosen = "AND ($2::text IS NULL OR kind = $2) AND ($3::boolean IS NULL OR active = $3) AND id > $4 "
    order = "ORDER BY id LIMIT $5"
    return await db.rows(LocationRow, _LOCATIONS + chosen + order, store_id, kind, active, after or _FIRST, limit + 1)
