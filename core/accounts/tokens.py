"""Tokens: opaque to clients, known to the database only by their keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from uuid import UUID

from msgspec import Struct

from ..ids import new_token
from ..mall import Mall


class Tokens(Struct, frozen=True, kw_only=True):
    """What a client keeps. Lifetimes are seconds. A refresh token is good for one use."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105  RFC 6750's name of the scheme


def keyed_hash(mall: Mall, token: str) -> bytes:
    """HMAC-SHA-256 under the mall's secret: a copy of the table is of no use to sign in."""
    return hmac.digest(mall.settings.secret.encode(), token.encode(), hashlib.sha256)


def new_refresh_token(mall: Mall, session_id: UUID) -> str:
    """A random token that names its session and is signed, so that a used one is known as such for ever."""
    body = f"{session_id.hex}.{new_token()}"
    return f"{body}.{_signature(mall, body)}"


def session_of(mall: Mall, refresh_token: str) -> UUID | None:
    """The session for which this mall once made the refresh token; None when it never did."""
    body, _, signature = refresh_token.rpartition(".")
    if not hmac.compare_digest(_signature(mall, body).encode(), signature.encode()):
        return None
    return UUID(hex=body.partition(".")[0])


def _signature(mall: Mall, body: str) -> str:
    return urlsafe_b64encode(keyed_hash(mall, f"refresh:{body}")[:16]).rstrip(b"=").decode()
