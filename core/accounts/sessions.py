"""Sessions: a row for each sign-in. Revoking the row ends its access token and its refresh token at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from ..errors import Forbidden, NotFound, Unauthenticated
from ..ids import new_id, new_token
from ..mall import Mall
from ..storage import db
from .tokens import Tokens, keyed_hash, new_refresh_token, session_of

LONGEST_USER_AGENT = 200


class Identity(Struct, frozen=True):
    """The account behind an access token."""

    session_id: UUID
    account_id: UUID
    access_expires_at: datetime
    roles: list[str]


_IDENTITY = """
SELECT s.id AS session_id, s.account_id, s.access_expires_at,
       ARRAY(SELECT role::text FROM mall_role r WHERE r.account_id = s.account_id) AS roles
FROM session s JOIN account a ON a.id = s.account_id
WHERE s.access_hash = $1 AND s.revoked_at IS NULL AND a.disabled_at IS NULL
"""
# The share lock makes a sign-in wait for a change of the account that would end it.
_OPEN = """
INSERT INTO session (id, account_id, access_hash, refresh_hash, access_expires_at, refresh_expires_at,
                     user_agent, created_at)
SELECT $1, a.id, $3, $4, $5, $6, $7, $8 FROM account a WHERE a.id = $2 AND a.disabled_at IS NULL FOR SHARE
"""
_ROTATE = """
UPDATE session s SET access_hash = $3, refresh_hash = $4, access_expires_at = $5, refresh_expires_at = $6
WHERE s.id = $1 AND s.refresh_hash = $2 AND s.revoked_at IS NULL AND s.refresh_expires_at > $7
  AND EXISTS (SELECT FROM account a WHERE a.id = s.account_id AND a.disabled_at IS NULL)
"""
_REVOKE_REUSED = "UPDATE session SET revoked_at = $3 WHERE id = $1 AND refresh_hash <> $2 AND revoked_at IS NULL"
_REVOKE = "UPDATE session SET revoked_at = $3 WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL"
_REVOKE_ALL = """
UPDATE session SET revoked_at = $3 WHERE account_id = $1 AND id IS DISTINCT FROM $2::uuid AND revoked_at IS NULL
"""


async def open_session(mall: Mall, account_id: UUID, user_agent: str = "") -> Tokens:
    """Sign an account in: a new session row, and its tokens in clear for the only time.

    Raises Forbidden (`account_disabled`) when the account is disabled, or does not exist.
    """
    session_id, now = new_id(), mall.now()
    tokens = _tokens(mall, session_id)
    stored = _stored(mall, tokens, now)
    if not await db.execute(_OPEN, session_id, account_id, *stored, user_agent[:LONGEST_USER_AGENT], now):
        raise Forbidden("This account is disabled.", code="account_disabled")
    return tokens


async def identify(mall: Mall, access_token: str) -> Identity:
    """Raises Unauthenticated (`token_invalid`, `token_expired`)."""
    found = await db.row(Identity, _IDENTITY, keyed_hash(mall, access_token))
    if found is None:
        raise Unauthenticated("This access token is unknown or revoked.", code="token_invalid")
    if found.access_expires_at <= mall.now():
        raise Unauthenticated("This access token has expired; refresh it.", code="token_expired")
    return found


async def refresh(mall: Mall, refresh_token: str) -> Tokens:
    """Exchange a refresh token for new tokens; the old ones end. Of parallel calls exactly one is served.

    A token that was exchanged already has been copied, or sent twice: nobody can tell by whom, so its whole
    session is revoked (RFC 9700, 4.14.2). Clients therefore refresh one at a time.
    Raises Unauthenticated (`token_invalid`, `token_expired`, `refresh_token_reused`).
    """
    session_id, now = session_of(mall, refresh_token), mall.now()
    if session_id is None:
        raise Unauthenticated("This is not a refresh token of this mall.", code="token_invalid")
    used, tokens = keyed_hash(mall, refresh_token), _tokens(mall, session_id)
    if await db.execute(_ROTATE, session_id, used, *_stored(mall, tokens, now), now):
        return tokens
    if await db.execute(_REVOKE_REUSED, session_id, used, now):
        raise Unauthenticated("This refresh token was used before; sign in again.", code="refresh_token_reused")
    return await _refuse(session_id, now)


async def revoke(mall: Mall, account_id: UUID, session_id: UUID) -> None:
    """End one session of an account. Raises NotFound (`session_not_found`) unless it is live and the account's."""
    if not await db.execute(_REVOKE, account_id, session_id, mall.now()):
        raise NotFound("There is no such session.", code="session_not_found")


async def revoke_all(mall: Mall, account_id: UUID, *, keep: UUID | None = None) -> int:
    """End every session of an account but `keep`; return how many ended."""
    return await db.execute(_REVOKE_ALL, account_id, keep, mall.now())


def _tokens(mall: Mall, session_id: UUID) -> Tokens:
    return Tokens(
        access_token=new_token(),
        refresh_token=new_refresh_token(mall, session_id),
        expires_in=mall.settings.access_token_ttl,
    )


def _stored(mall: Mall, tokens: Tokens, now: datetime) -> tuple[bytes, bytes, datetime, datetime]:
    return (
        keyed_hash(mall, tokens.access_token),
        keyed_hash(mall, tokens.refresh_token),
        now + timedelta(seconds=mall.settings.access_token_ttl),
        now + timedelta(seconds=mall.settings.refresh_token_ttl),
    )


async def _refuse(session_id: UUID, now: datetime) -> Tokens:
    expired = await db.fetch_value(
        "SELECT refresh_expires_at <= $2 FROM session WHERE id = $1 AND revoked_at IS NULL", session_id, now
    )
    if expired:
        raise Unauthenticated("This refresh token has expired; sign in again.", code="token_expired")
    raise Unauthenticated("This refresh token is revoked.", code="token_invalid")
