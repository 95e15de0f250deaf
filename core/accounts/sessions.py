"""Sessions: opaque tokens, stored as keyed hashes only, so that revoking one row ends them at once."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from ..errors import Unauthenticated
from ..ids import new_id, new_token
from ..mall import Mall
from ..storage import db


class Tokens(Struct, frozen=True, kw_only=True):
    """What a client keeps. Lifetimes are seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105  RFC 6750's name of the scheme


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


def keyed_hash(mall: Mall, token: str) -> bytes:
    """HMAC-SHA-256 under the mall's secret: a copy of the table is of no use to sign in."""
    return hmac.digest(mall.settings.secret.encode(), token.encode(), hashlib.sha256)


async def open_session(mall: Mall, account_id: UUID, user_agent: str = "") -> Tokens:
    """Sign an account in: a new session row, and its tokens in clear for the only time."""
    access, refresh, now = new_token(), new_token(), mall.now()
    await db.execute(
        "INSERT INTO session (id, account_id, access_hash, refresh_hash, access_expires_at, refresh_expires_at, "
        "user_agent, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new_id(),
        account_id,
        keyed_hash(mall, access),
        keyed_hash(mall, refresh),
        now + timedelta(seconds=mall.settings.access_token_ttl),
        now + timedelta(seconds=mall.settings.refresh_token_ttl),
        user_agent[:200],
        now,
    )
    return Tokens(access_token=access, refresh_token=refresh, expires_in=mall.settings.access_token_ttl)


async def identify(mall: Mall, access_token: str) -> Identity:
    """Raises Unauthenticated (`token_invalid`, `token_expired`)."""
    found = await db.row(Identity, _IDENTITY, keyed_hash(mall, access_token))
    if found is None:
        raise Unauthenticated("This access token is unknown or revoked.", code="token_invalid")
    if found.access_expires_at <= mall.now():
        raise Unauthenticated("This access token has expired; refresh it.", code="token_expired")
    return found
