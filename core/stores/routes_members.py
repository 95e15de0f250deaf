"""Who works for a store."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ..http import cursors
from ..http.access import staff
from ..http.caller import Caller
from ..http.idempotency import idempotent
from ..http.schemas import Page
from ..mall import Mall
from . import permissions, queries, service
from .members import appointment
from .parameters import Cursor, Limit
from .queries import MemberRow, StoreRow
from .schemas import MemberBody, MemberEdit, PermissionList, permission_list

MANAGE = staff("members.manage")

AnyRequest = Request[Any, Any, Any]


@get("/api/stores/{store_ref:str}/staff/permissions", access=MANAGE, tags=["members"])
async def list_permissions(
    mall: NamedDependency[Mall], store: NamedDependency[StoreRow], locale: NamedDependency[str]
) -> PermissionList:
    """What a member can be given: core's permissions, and those of the plugins that are on in the store."""
    return permission_list(await permissions.offered(mall, store.id), locale)


@get("/api/stores/{store_ref:str}/staff/members", access=MANAGE, tags=["members"])
async def list_members(
    store: NamedDependency[StoreRow], limit: Limit = cursors.DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[MemberRow]:
    """Owners and staff, in the order in which their accounts were made."""
    found = await queries.member_page(store.id, after=cursors.decode(cursor, UUID), limit=limit)
    return cursors.page(found, limit, lambda row: row.account_id, lambda row: row)


@post("/api/stores/{store_ref:str}/staff/members", access=MANAGE, tags=["members"])
@idempotent
async def add_member(
    request: AnyRequest,
    data: JSONBody[MemberBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> MemberRow:
    """Let an account work for the store. 409 `already_member`; 422 `unknown_account`, `unknown_permission`.

    Staff get 403 `owners_only` for a new owner, `permission_not_yours` for a permission that they lack.
    """
    wanted = appointment(data.role, data.permissions, permissions.known(mall))
    return await service.add_member(mall, store.id, caller, data.identifier, wanted)


@put("/api/stores/{store_ref:str}/staff/members/{account_id:uuid}", access=MANAGE, tags=["members"])
async def change_member(
    account_id: FromPath[UUID],
    data: JSONBody[MemberEdit],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> MemberRow:
    """Replace a member's role and permissions, in force at once. 409 `last_owner`; else as for a new member."""
    wanted = appointment(data.role, data.permissions, permissions.known(mall))
    return await service.change_member(store.id, caller, account_id, wanted)


@delete("/api/stores/{store_ref:str}/staff/members/{account_id:uuid}", access=MANAGE, tags=["members"])
async def revoke_member(
    account_id: FromPath[UUID],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> None:
    """End a member's work for the store at once. 404 `member_not_found`, 409 `last_owner`, 403 `owners_only`."""
    await service.revoke_member(mall, store.id, caller, account_id)


ROUTES = (list_permissions, list_members, add_member, change_member, revoke_member)
