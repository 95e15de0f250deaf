"""The caller's own account."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import UNSET, structs

from ..http.access import SHOPPER
from ..http.caller import Caller
from ..mall import Mall
from . import profile, service
from .queries import AccountRow
from .schemas import PasswordChange, ProfileChange
from .standing import known
from .tokens import Tokens


@get("/api/me", access=SHOPPER, tags=["me"])
async def me(caller: NamedDependency[Caller]) -> AccountRow:
    """Who the caller is."""
    return await known(caller.shopper_id)


@patch("/api/me", access=SHOPPER, tags=["me"])
async def edit_me(
    data: JSONBody[ProfileChange], mall: NamedDependency[Mall], caller: NamedDependency[Caller]
) -> AccountRow:
    """Change the caller's name or language."""
    sent = {name: value for name, value in structs.asdict(data).items() if value is not UNSET}
    return await profile.edit(mall, caller.shopper_id, sent)


@post("/api/me/password", status_code=200, access=SHOPPER, tags=["me"])
async def change_password(
    request: Request[Any, Any, Any],
    data: JSONBody[PasswordChange],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
) -> Tokens:
    """Change the password. Every session ends, this one too; the answer is a new one."""
    return await service.change_password(
        mall,
        caller.shopper_id,
        current=data.current_password,
        new=data.new_password,
        user_agent=request.headers.get("user-agent", ""),
    )


ROUTES = (me, edit_me, change_password)
