"""Slowing down guessers. An attempt is counted as a failure before its password is looked at, and taken back
when it proves right, so that a thousand parallel guesses are let through no more than as many in a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ..errors import TooManyRequests
from ..mall import Mall
from ..storage import db
from . import rules
from .rules import Limit, Tally
from .tokens import keyed_hash


class Key(Struct, frozen=True):
    """What is counted, by its keyed hash: the table does not tell who tried to sign in."""

    id: bytes
    limit: Limit


class TooManyAttempts(TooManyRequests):
    code = "too_many_attempts"
    title = "Too many failed attempts"


class _Row(Struct, frozen=True, kw_only=True):
    id: bytes
    failures: int
    updated_at: datetime
    blocked_until: datetime | None

    @property
    def tally(self) -> Tally:
        return Tally(failures=self.failures, since=self.updated_at, blocked_until=self.blocked_until)


_ENSURE = """
INSERT INTO sign_in_throttle (id, failures, updated_at)
SELECT id, 0, $2 FROM unnest($1::bytea[]) AS wanted (id) ORDER BY id ON CONFLICT (id) DO NOTHING
"""
_LOCK = """
SELECT id, failures, updated_at, blocked_until FROM sign_in_throttle
WHERE id = ANY ($1::bytea[]) ORDER BY id FOR UPDATE
"""
_WRITE = """
UPDATE sign_in_throttle t SET failures = n.failures, updated_at = n.since, blocked_until = n.blocked_until
FROM unnest($1::bytea[], $2::integer[], $3::timestamptz[], $4::timestamptz[]) AS n (id, failures, since, blocked_until)
WHERE t.id = n.id
"""


def by_identifier(mall: Mall, purpose: str, identifier: str) -> Key:
    return Key(keyed_hash(mall, f"throttle:{purpose}:identifier:{identifier}"), rules.PER_IDENTIFIER)


def by_address(mall: Mall, purpose: str, address: str) -> Key:
    return Key(keyed_hash(mall, f"throttle:{purpose}:address:{rules.network_of(address)}"), rules.PER_ADDRESS)


@db.atomic
async def admit(mall: Mall, keys: Sequence[Key]) -> None:
    """Count an attempt against every key, or against none.

    Raises TooManyAttempts, with `Retry-After` in seconds, while any of them is blocked.
    """
    now = mall.now()
    tallies = await _locked_for_sure(keys, now)
    wait = max(rules.seconds_blocked(tally, now) for _, tally in tallies)
    if wait:
        raise TooManyAttempts(f"Try again in {wait} s.", headers={"Retry-After": str(wait)}, retry_after=wait)
    await _write([(key, rules.counted(tally, key.limit, now)) for key, tally in tallies])


@db.atomic
async def take_back(keys: Sequence[Key]) -> None:
    """The attempt that was counted against these keys was no failure."""
    await _write([(key, rules.taken_back(tally, key.limit)) for key, tally in await _locked(keys)])


async def clear(key: Key) -> None:
    """Forget every failure: whoever tried is the one."""
    await db.execute("UPDATE sign_in_throttle SET failures = 0, blocked_until = NULL WHERE id = $1", key.id)


async def _locked_for_sure(keys: Sequence[Key], now: datetime) -> list[tuple[Key, Tally]]:
    tallies: list[tuple[Key, Tally]] = []
    while len(tallies) < len(keys):  # again only when the purge has taken a row in between
        await db.execute(_ENSURE, [key.id for key in keys], now)
        tallies = await _locked(keys)
    return tallies


async def _locked(keys: Sequence[Key]) -> list[tuple[Key, Tally]]:
    known = {key.id: key for key in keys}
    return [(known[row.id], row.tally) for row in await db.rows(_Row, _LOCK, list(known))]


async def _write(tallies: Sequence[tuple[Key, Tally]]) -> None:
    await db.execute(
        _WRITE,
        [key.id for key, _ in tallies],
        [tally.failures for _, tally in tallies],
        [tally.since for _, tally in tallies],
        [tally.blocked_until for _, tally in tallies],
    )
