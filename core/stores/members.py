"""Who works for a store. A change is in force with the next request, since each one reads the member's row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from uuid import UUID

from msgspec import Struct

from ..accounts import queries as accounts
from ..http.caller import Caller
from ..ids import new_id
from ..mall import Mall
from ..storage import db
from . import permissions as names
from . import queries, rules
from .problems import AlreadyMember, LastOwner, MemberNotFound, OwnersOnly, PermissionNotYours
from .queries import MemberRow, Membership

Role = Literal["owner", "staff"]


class Appointment(Struct, frozen=True, kw_only=True):
    """What a member is: an owner, who may do everything, or staff with permissions."""

    role: str
    permissions: list[str] = []


class LockedMember(Appointment, frozen=True, kw_only=True):
    """A member's row, locked until the transaction ends."""

    account_id: UUID


_LOCK = """
SELECT account_id, role, permissions FROM store_member
WHERE store_id = $1 AND revoked_at IS NULL AND (role = 'owner' OR account_id = $2) ORDER BY id FOR UPDATE
"""
_ADD = """
INSERT INTO store_member AS m (id, store_id, account_id, role, permissions, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (store_id, account_id) DO UPDATE
SET role = excluded.role, permissions = excluded.permissions, created_at = excluded.created_at, revoked_at = NULL
WHERE m.revoked_at IS NOT NULL
RETURNING account_id
"""
_CHANGE = """
UPDATE store_member SET role = $3, permissions = $4
WHERE store_id = $1 AND account_id = $2 AND revoked_at IS NULL
"""
_REVOKE = "UPDATE store_member SET revoked_at = $3 WHERE store_id = $1 AND account_id = $2 AND revoked_at IS NULL"


def appointment(role: Role, permissions: Collection[str], registered: Collection[str]) -> Appointment:
    """What a request asks for; an owner needs no permission by name. Raises Invalid (`unknown_permission`)."""
    wanted = names.require_known(permissions, registered)
    return Appointment(role=role, permissions=[] if role == "owner" else wanted)


@db.atomic
async def add_member(mall: Mall, store_id: UUID, actor: Caller, identifier: str, wanted: Appointment) -> MemberRow:
    """Let the account with an e-mail address or phone number work for the store.

    Raises Invalid (`unknown_account`), AlreadyMember, OwnersOnly, PermissionNotYours.
    """
    found = await accounts.account_by_identifier(identifier)
    if found is None or found.disabled_at is not None:
        rules.refuse("identifier", "unknown_account", "There is no such account.")
    await _require_may_appoint(store_id, actor, Appointment(role="staff"), wanted)
    values = (new_id(), store_id, found.id, wanted.role, wanted.permissions, mall.now())
    if await db.fetch_value(_ADD, *values) is None:
        raise AlreadyMember
    return await _member(store_id, found.id)


@db.atomic
async def change_member(store_id: UUID, actor: Caller, account_id: UUID, wanted: Appointment) -> MemberRow:
    """Give a member another role or other permissions.

    Raises MemberNotFound, LastOwner, OwnersOnly, PermissionNotYours.
    """
    before = await _lock(store_id, account_id, stays_owner=wanted.role == "owner")
    await _require_may_appoint(store_id, actor, before, wanted)
    await db.execute(_CHANGE, store_id, account_id, wanted.role, wanted.permissions)
    return await _member(store_id, account_id)


@db.atomic
async def revoke_member(mall: Mall, store_id: UUID, actor: Caller, account_id: UUID) -> None:
    """End a member's work for the store. Raises MemberNotFound, LastOwner, OwnersOnly."""
    before = await _lock(store_id, account_id, stays_owner=False)
    await _require_may_appoint(store_id, actor, before, Appointment(role="staff"))
    await db.execute(_REVOKE, store_id, account_id, mall.now())


async def _lock(store_id: UUID, account_id: UUID, *, stays_owner: bool) -> LockedMember:
    """Lock the member with every owner of the store, so that owners cannot leave at once, each relying on the other."""
    found = await db.rows(LockedMember, _LOCK, store_id, account_id)
    member = next((row for row in found if row.account_id == account_id), None)
    if member is None:
        raise MemberNotFound
    owners = sum(row.role == "owner" for row in found)
    if member.role == "owner" and not stays_owner and owners < 2:
        raise LastOwner
    return member


async def _require_may_appoint(store_id: UUID, actor: Caller, before: Appointment, after: Appointment) -> None:
    """Operators and owners appoint anyone. Staff neither touch owners nor pass on what they may not do themselves."""
    if actor.is_operator:
        return
    own = await queries.membership(store_id, actor.shopper_id) or Membership(
        store_id=store_id, role="staff", permissions=[]
    )
    if own.role == "owner":
        return
    if "owner" in (before.role, after.role):
        raise OwnersOnly
    foreign = sorted(set(after.permissions) - set(before.permissions) - set(own.permissions))
    if foreign:
        raise PermissionNotYours(permissions=foreign)


async def _member(store_id: UUID, account_id: UUID) -> MemberRow:
    found = await queries.member(store_id, account_id)
    if found is None:
        raise MemberNotFound
    return found
