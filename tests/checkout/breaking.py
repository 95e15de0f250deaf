"""Proof that an invariant notices what it is there for: rows are broken in a transaction that is rolled back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from galleria.core.storage import db
from galleria.core.storage.invariants import Invariant

GUARDS = (
    "ALTER TABLE shop_order DROP CONSTRAINT shop_order_sums",
    "ALTER TABLE order_line DROP CONSTRAINT order_line_counts, DROP CONSTRAINT order_line_of",
    "ALTER TABLE order_adjustment DROP CONSTRAINT order_adjustment_of",
    "ALTER TABLE parcel DROP CONSTRAINT parcel_of",
    "ALTER TABLE parcel_line DROP CONSTRAINT parcel_line_of",
    "ALTER TABLE order_refund DROP CONSTRAINT order_refund_of",
    "ALTER TABLE refund_line DROP CONSTRAINT refund_line_of",
)
"""The database's own, which would refuse some of these rows before an invariant could see them."""


class Undo(Exception):
    """Ends a transaction whose rows are to vanish."""


async def broken(invariants: Sequence[Invariant], ids: Mapping[str, Any]) -> set[str]:
    """The names of the invariants that are violated by a row with one of these ids."""
    mine, found = set(map(str, ids.values())), set()
    for invariant in invariants:
        arguments = [datetime.now(UTC)] if "$1" in invariant.sql else []
        for row in await db.fetch(invariant.sql, *arguments):
            if mine & set(map(str, row.values())):
                found.add(invariant.name)
    return found


async def break_and_look(
    invariants: Sequence[Invariant], ids: Mapping[str, Any], sql: str
) -> tuple[set[str], set[str]]:
    """What is violated before and after a statement in which `:name` stands for an id; then all is undone."""
    found: list[set[str]] = []

    @db.atomic
    async def work() -> None:
        found.append(await broken(invariants, ids))
        for guard in GUARDS:
            await db.execute(guard)
        await db.execute(_filled(sql, ids))
        found.append(await broken(invariants, ids))
        raise Undo

    with suppress(Undo):
        await work()
    return found[0], found[1]


def _filled(sql: str, ids: Mapping[str, Any]) -> str:
    return re.sub(r"(?<!:):([a-z_]+)", lambda found: f"'{ids[found[1]]}'", sql)
