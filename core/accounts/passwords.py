"""Password hashes: argon2id (RFC 9106) with the parameters that OWASP recommends, off the event loop."""

from __future__ import annotations

import asyncio
import base64
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


async def hashed(password: str) -> str:
    """The encoded hash of a password that `rules.password` has passed."""
    return await asyncio.to_thread(HASHER.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one.

    Without a stored hash (no such account, an account that has no password) the same work is done on a
    decoy, so that the time of an answer does not tell who has an account.
    """
    typed = unicodedata.normalize("NFKC", password)
    known = stored is not None and stored.startswith("$argon2")
    return await asyncio.to_thread(_verified, stored if known and stored else decoy(), typed) and known


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def decoy() -> str:
    """A well-formed hash, with today's parameters, of no known password."""
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${_zeros(HASHER.salt_len)}${_zeros(HASHER.hash_len)}"


def _zeros(length: int) -> str:
    return base64.b64encode(bytes(length)).rstrip(b"=").decode()


def _verified(encoded: str, password: str) -> bool:
    try:
        return HASHER.verify(encoded, password)
    except (VerificationError, InvalidHashError):
        return False
