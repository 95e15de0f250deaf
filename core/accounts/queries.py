"""Reads about people, their sessions and their addresses."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..errors import Invalid
from ..storage import db
from . import rules


class AccountRow(Struct, frozen=True, kw_only=True):
    """A person, without anything secret. `phone` is E.164."""

    id: UUID
    email: str | None
    phone: str | None
    name: str
    locale: str
    created_at: datetime
    disabled_at: datetime | None
    roles: list[str]


class Credentials(Struct, frozen=True, kw_only=True):
    """What a password is held against. Never leaves the domain."""

    id: UUID
    password_hash: str
    password_version: int
    disabled_at: datetime | None


class SessionRow(Struct, frozen=True, kw_only=True):
    """A sign-in that is neither revoked nor expired."""

    id: UUID
    user_agent: str
    created_at: datetime
    refresh_expires_at: datetime


class AddressRow(Struct, frozen=True, kw_only=True):
    """A place that goods are sent to. `country` is ISO 3166-1 alpha-2, `phone` E.164."""

    id: UUID
    recipient: str
    phone: str
    country: str
    province: str
    city: str
    district: str
    street: str
    postal_code: str
    is_default: bool
    created_at: datetime


_ACCOUNT = """
SELECT a.id, a.email, a.phone, a.name, a.locale, a.created_at, a.disabled_at,
       ARRAY(SELECT role::text FROM mall_role r WHERE r.account_id = a.id ORDER BY role) AS roles
FROM account a
"""
_CREDENTIALS = "SELECT id, password_hash, password_version, disabled_at FROM account "
_ADDRESS = f"SELECT {', '.join(AddressRow.__struct_fields__)} FROM address "  # noqa: S608  names of fields


async def account(account_id: UUID) -> AccountRow | None:
    return await db.row(AccountRow, _ACCOUNT + "WHERE a.id = $1", account_id)


async def account_by_identifier(text: str) -> AccountRow | None:
    """The account with this e-mail address or phone number, however it is written."""
    try:
        known = rules.identifier(text)
    except Invalid:
        return None
    return await db.row(AccountRow, _ACCOUNT + _where(known), known)


async def accounts(
    *, disabled: bool | None, identifier: str | None, before: UUID | None, limit: int
) -> list[AccountRow]:
    """The newest first; `limit` + 1 of them. `identifier` is normalised already."""
    return await db.rows(
        AccountRow,
        _ACCOUNT + "WHERE ($1::boolean IS NULL OR (a.disabled_at IS NOT NULL) = $1) "
        "AND ($2::text IS NULL OR lower(a.email) = $2 OR a.phone = $2) "
        "AND ($3::uuid IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $4",
        disabled,
        identifier,
        before,
        limit + 1,
    )


async def credentials(identifier: str) -> Credentials | None:
    """By a normalised identifier."""
    return await db.row(Credentials, _CREDENTIALS + _where(identifier), identifier)


async def credentials_of(account_id: UUID) -> Credentials | None:
    return await db.row(Credentials, _CREDENTIALS + "WHERE id = $1", account_id)


async def sessions(account_id: UUID, now: datetime, *, before: UUID | None, limit: int) -> list[SessionRow]:
    """Live sessions, the newest first; `limit` + 1 of them."""
    return await db.rows(
        SessionRow,
        "SELECT id, user_agent, created_at, refresh_expires_at FROM session "
        "WHERE account_id = $1 AND revoked_at IS NULL AND refresh_expires_at > $2 "
        "AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        account_id,
        now,
        before,
        limit + 1,
    )


async def addresses(account_id: UUID) -> list[AddressRow]:
    """The default one first, then the newest; never more than `rules.MOST_ADDRESSES`."""
    return await db.rows(AddressRow, _ADDRESS + "WHERE account_id = $1 ORDER BY is_default DESC, id DESC", account_id)


async def address(account_id: UUID, address_id: UUID) -> AddressRow | None:
    """None when there is none such, or it is somebody else's."""
    return await db.row(AddressRow, _ADDRESS + "WHERE account_id = $1 AND id = $2", account_id, address_id)


def _where(identifier: str) -> str:
    return "WHERE lower(email) = $1" if "@" in identifier else "WHERE phone = $1"
