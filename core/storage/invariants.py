"""Statements about the whole database that must return no row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from . import db


class Invariant(Struct, frozen=True):
    """`sql` selects what breaks the rule; `name` says the rule in words. `$1` is the current time, if used."""

    name: str
    sql: str


class Violation(Struct, frozen=True):
    """A rule that is broken, how often, and the first few rows that break it."""

    name: str
    count: int
    examples: list[Mapping[str, Any]]


async def violations(invariants: Sequence[Invariant], now: Any) -> list[Violation]:
    """Evaluate every invariant in one snapshot; an empty list means that all of them hold."""
    async with db.transaction() as opened:
        await opened.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        found = [await _violation(invariant, now) for invariant in invariants]
    return [violation for violation in found if violation is not None]


async def _violation(invariant: Invariant, now: Any) -> Violation | None:
    rows = await db.fetch(invariant.sql, *([now] if "$1" in invariant.sql else []))
    if not rows:
        return None
    return Violation(invariant.name, len(rows), [dict(row) for row in rows[:5]])
