"""Keys: UUIDv7 made in the application, so that they are ordered, opaque and the same on every engine."""

from __future__ import annotations

import secrets
from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Return a UUID of version 7 (RFC 9562), increasing within a process."""
    return uuid_utils.compat.uuid7()


def new_token() -> str:
    """Return 256 random bits, URL-safe: for sessions and carts. Only its hash is ever stored."""
    return secrets.token_urlsafe(32)
