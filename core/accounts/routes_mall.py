"""Accounts, for who runs the mall."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from ..errors import Conflict
from ..http import cursors
from ..http.access import OPERATOR
from ..http.caller import Caller
from ..http.schemas import Page
from ..mall import Mall
from . import queries, rules, service
from .queries import AccountRow
from .standing import known

Limit = Annotated[int, QueryParameter(ge=1, le=cursors.MAX_LIMIT)]
Text = Annotated[str | None, QueryParameter(max_length=254)]


@get("/api/mall/accounts", access=OPERATOR, tags=["mall"])
async def list_accounts(
    identifier: Text = None,
    disabled: FromQuery[bool | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: FromQuery[str | None] = None,
) -> Page[AccountRow]:
    """Accounts, the newest first: all, the one with an e-mail address or phone number, or by standing."""
    wanted = None if identifier is None else rules.identifier(identifier)
    before = cursors.decode(cursor, UUID)
    rows = await queries.accounts(disabled=disabled, identifier=wanted, before=before, limit=limit)
    return cursors.page(rows, limit, lambda row: row.id, lambda row: row)


@get("/api/mall/accounts/{account_id:uuid}", access=OPERATOR, tags=["mall"])
async def get_account(account_id: FromPath[UUID]) -> AccountRow:
    """One account. 404 `account_not_found`."""
    return await known(account_id)


@post("/api/mall/accounts/{account_id:uuid}/disable", status_code=200, access=OPERATOR, tags=["mall"])
async def disable(
    account_id: FromPath[UUID], mall: NamedDependency[Mall], caller: NamedDependency[Caller]
) -> AccountRow:
    """Refuse an account and end its sessions at once. 409 `own_account` for the caller's own."""
    if account_id == caller.account_id:
        raise Conflict("You cannot disable your own account.", code="own_account")
    return await service.disable(mall, account_id)


@post("/api/mall/accounts/{account_id:uuid}/enable", status_code=200, access=OPERATOR, tags=["mall"])
async def enable(account_id: FromPath[UUID], mall: NamedDependency[Mall]) -> AccountRow:
    """Let an account sign in again; the sessions that it had stay ended."""
    return await service.enable(mall, account_id)


ROUTES = (list_accounts, get_account, disable, enable)
