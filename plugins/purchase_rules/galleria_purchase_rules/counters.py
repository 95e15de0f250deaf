"""Counters of limits: locked in the order of their keys, and changed by one statement a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from galleria.core.plugin_api import db, new_id

from .sharing import Key

_OPEN = """
INSERT INTO purchase_rules_counter AS c (id, store_id, limit_id, account_id, period_start, used, allowed)
SELECT w.id, $1, w.limit_id, w.account_id, w.period_start, 0, w.allowed
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::date[], $6::int[])
  AS w (id, limit_id, account_id, period_start, allowed)
ORDER BY w.limit_id, w.account_id, w.period_start
ON CONFLICT (limit_id, account_id, period_start) DO UPDATE SET used = c.used
RETURNING c.limit_id, c.account_id, c.period_start, c.used
"""
_TAKE = """
UPDATE purchase_rules_counter c SET used = c.used + w.taken, allowed = w.allowed
FROM unnest($2::uuid[], $3::uuid[], $4::date[], $5::int[], $6::int[])
  AS w (limit_id, account_id, period_start, taken, allowed)
WHERE c.store_id = $1 AND c.limit_id = w.limit_id AND c.account_id = w.account_id
  AND c.period_start = w.period_start AND c.used + w.taken <= w.allowed
"""
_LOCK = """
SELECT c.id FROM purchase_rules_counter c
JOIN unnest($2::uuid[], $3::uuid[], $4::date[]) AS w (limit_id, account_id, period_start)
  ON c.limit_id = w.limit_id AND c.account_id = w.account_id AND c.period_start = w.period_start
WHERE c.store_id = $1 ORDER BY c.limit_id, c.account_id, c.period_start FOR UPDATE OF c
"""
_GIVE = """
UPDATE purchase_rules_counter c SET used = c.used - w.units
FROM unnest($2::uuid[], $3::uuid[], $4::date[], $5::int[]) AS w (limit_id, account_id, period_start, units)
WHERE c.store_id = $1 AND c.limit_id = w.limit_id AND c.account_id = w.account_id
  AND c.period_start = w.period_start AND c.used >= w.units
"""


class CounterMismatch(Exception):
    """A counter is not what was locked. Nothing of it is kept."""


async def locked(store_id: UUID | None, allowed: Mapping[Key, int]) -> dict[Key, int]:
    """What is used of each counter, made where it was missing, and kept so until the transaction ends."""
    columns = _columns(allowed)
    ids = [new_id() for _ in columns[0]]
    found = await db.fetch(_OPEN, store_id, ids, *columns, list(allowed.values()))
    return {Key(row["limit_id"], row["account_id"], row["period_start"]): row["used"] for row in found}


async def take(store_id: UUID | None, taken: Mapping[Key, int], allowed: Mapping[Key, int]) -> None:
    """Add to counters, of which none goes beyond what is allowed. Raises CounterMismatch."""
    most = [allowed[key] for key in taken]
    _require(await db.execute(_TAKE, store_id, *_columns(taken), list(taken.values()), most), len(taken))


async def give(store_id: UUID, units: Mapping[Key, int]) -> None:
    """Take back from counters. Raises CounterMismatch."""
    columns = _columns(units)
    await db.fetch(_LOCK, store_id, *columns)
    _require(await db.execute(_GIVE, store_id, *columns, list(units.values())), len(units))


def _columns(keys: Iterable[Key]) -> tuple[list[UUID], list[UUID], list[date]]:
    found = list(keys)
    return [key.limit_id for key in found], [key.account_id for key in found], [key.start for key in found]


def _require(changed: int, expected: int) -> None:
    if changed != expected:
        raise CounterMismatch(f"{changed} of {expected} counters were as expected")
