"""Signing in and out."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from ..http import cursors
from ..http.access import PUBLIC, SHOPPER
from ..http.caller import Caller
from ..http.schemas import Page
from ..mall import Mall
from . import queries, service, sessions
from .schemas import Refresh, Revoked, SessionView, SignIn
from .signing_in import Attempt
from .tokens import Tokens

Limit = Annotated[int, QueryParameter(ge=1, le=cursors.MAX_LIMIT)]


@post("/api/sessions", access=PUBLIC, tags=["sessions"])
async def sign_in(
    request: Request[Any, Any, Any],
    data: JSONBody[SignIn],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
) -> Tokens:
    """Sign in. No Idempotency-Key is used: keeping the answer would keep its tokens, and a repeated request
    only opens one more session. 401 `invalid_credentials`, 429 `too_many_attempts` with Retry-After."""
    attempt = Attempt(
        identifier=data.identifier,
        password=data.password,
        address=caller.address,
        user_agent=request.headers.get("user-agent", ""),
    )
    return await service.sign_in(mall, attempt)


@post("/api/sessions/refresh", status_code=200, access=PUBLIC, tags=["sessions"])
async def refresh(data: JSONBody[Refresh], mall: NamedDependency[Mall]) -> Tokens:
    """Exchange a refresh token. It is good once: using it again signs this session out. Send no expired
    access token along, and never refresh twice at a time."""
    return await sessions.refresh(mall, data.refresh_token)


@get("/api/sessions", access=SHOPPER, tags=["sessions"])
async def list_sessions(
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: FromQuery[str | None] = None,
) -> Page[SessionView]:
    """Where the caller is signed in, the newest first."""
    before = cursors.decode(cursor, UUID)
    rows = await queries.sessions(caller.shopper_id, mall.now(), before=before, limit=limit)
    return cursors.page(rows, limit, lambda row: row.id, lambda row: _view(row, caller))


@delete("/api/sessions/current", access=SHOPPER, tags=["sessions"])
async def sign_out(mall: NamedDependency[Mall], caller: NamedDependency[Caller]) -> None:
    """End the session that asks; its tokens are void at once."""
    if caller.session_id is not None:
        await sessions.revoke(mall, caller.shopper_id, caller.session_id)


@delete("/api/sessions/others", status_code=200, access=SHOPPER, tags=["sessions"])
async def sign_out_others(mall: NamedDependency[Mall], caller: NamedDependency[Caller]) -> Revoked:
    """End every session of the caller but the one that asks."""
    return Revoked(revoked=await sessions.revoke_all(mall, caller.shopper_id, keep=caller.session_id))


@delete("/api/sessions/{session_id:uuid}", access=SHOPPER, tags=["sessions"])
async def revoke(session_id: FromPath[UUID], mall: NamedDependency[Mall], caller: NamedDependency[Caller]) -> None:
    """End one session of the caller. 404 `session_not_found` for any other."""
    await sessions.revoke(mall, caller.shopper_id, session_id)


def _view(row: queries.SessionRow, caller: Caller) -> SessionView:
    return SessionView(
        id=row.id,
        user_agent=row.user_agent,
        created_at=row.created_at,
        refresh_expires_at=row.refresh_expires_at,
        current=row.id == caller.session_id,
    )


ROUTES = (sign_in, refresh, list_sessions, sign_out, sign_out_others, revoke)
