"""Changing a password: whoever else is signed in is signed out."""

from __future__ import annotations

from uuid import UUID

from ..errors import Conflict, Forbidden
from ..mall import Mall
from ..storage import db
from . import passwords, queries, rules, sessions, throttle
from .throttle import Key
from .tokens import Tokens

PURPOSE = "password"


class WrongPassword(Forbidden):
    code = "wrong_password"
    title = "The current password is wrong"


_CHANGE = """
UPDATE account SET password_hash = $3, password_version = password_version + 1
WHERE id = $1 AND password_version = $2 AND disabled_at IS NULL
"""


async def change_password(mall: Mall, account_id: UUID, *, current: str, new: str, user_agent: str = "") -> Tokens:
    """Set a new password, revoke every session, and open one for the caller.

    Guesses of the current one are slowed down, since a copied access token must not give the password away.
    Raises Invalid, WrongPassword, TooManyAttempts, Conflict (`password_changed_meanwhile`).
    """
    checked = rules.password(new, "new_password")
    key = throttle.by_identifier(mall, PURPOSE, str(account_id))
    await throttle.admit(mall, [key])
    found = await queries.credentials_of(account_id)
    if not await passwords.matches(found.password_hash if found else None, current) or found is None:
        raise WrongPassword
    renewed = await passwords.hashed(checked)
    return await _replace(mall, account_id, found.password_version, renewed, key, user_agent)


@db.atomic
async def _replace(mall: Mall, account_id: UUID, version: int, renewed: str, key: Key, user_agent: str) -> Tokens:
    if not await db.execute(_CHANGE, account_id, version, renewed):
        raise Conflict("The account has changed meanwhile.", code="password_changed_meanwhile")
    await sessions.revoke_all(mall, account_id)
    await throttle.clear(key)
    return await sessions.open_session(mall, account_id, user_agent)
