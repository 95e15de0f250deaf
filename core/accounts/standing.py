"""Whether an account may be used: disabling it ends its sessions at once, enabling it does not revive them."""

from __future__ import annotations

from uuid import UUID

from ..errors import NotFound
from ..mall import Mall
from ..storage import db
from . import queries, sessions
from .queries import AccountRow

_DISABLE = "UPDATE account SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL"
_ENABLE = "UPDATE account SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL"


@db.atomic
async def disable(mall: Mall, account_id: UUID) -> AccountRow:
    """Refuse the account from now on. Nothing happens when it is disabled. Raises NotFound (`account_not_found`)."""
    if await db.execute(_DISABLE, account_id, mall.now()):
        await sessions.revoke_all(mall, account_id)
    return await known(account_id)


@db.atomic
async def enable(_: Mall, account_id: UUID) -> AccountRow:
    """Let the account sign in again. Nothing happens when it may. Raises NotFound (`account_not_found`)."""
    await db.execute(_ENABLE, account_id)
    return await known(account_id)


async def known(account_id: UUID) -> AccountRow:
    """Raises NotFound (`account_not_found`)."""
    found = await queries.account(account_id)
    if found is None:
        raise NotFound("There is no such account.", code="account_not_found")
    return found
