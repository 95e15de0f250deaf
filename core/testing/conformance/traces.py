"""What a story leaves behind: rows of the plugin's tables, deliveries, and the price that it made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ...orders.participants import recipient
from ...storage import db
from .stage import Stage

Rows = Mapping[str, frozenset[str]]
"""The rows of each table as JSON text."""


async def rows(stage: Stage) -> Rows:
    """Every row of the plugin's tables, also of the mall's."""
    names = [table._meta.tablename for table in stage.tables]  # noqa: SLF001  Piccolo has no public door to it
    return {name: frozenset([row[0] for row in await db.fetch(_dump(name))]) for name in names}


def _dump(table: str) -> str:
    return f'SELECT to_jsonb(entry)::text FROM "{table}" entry'  # noqa: S608  the name of a table of the plugin


def added(before: Rows, after: Rows) -> list[tuple[str, dict[str, Any]]]:
    """The rows that are new or have changed, with their table."""
    return [(table, json.loads(row)) for table, now in after.items() for row in now - before[table]]


def difference(before: Rows, after: Rows) -> str:
    """What is not as it was, to be read by a person."""
    lines = []
    for table, now in after.items():
        lines += [f"{table}: gone {row}" for row in sorted(before[table] - now)]
        lines += [f"{table}: new  {row}" for row in sorted(now - before[table])]
    return "\n  ".join(["", *lines])


def essence(quote: Any) -> Any:
    """What a quote says, without ids: totals, rows, adjustments in their order."""
    return {
        "totals": {name: money["amount"] for name, money in quote["totals"].items()},
        "lines": [(line["kind"], line["list_total"]["amount"], line["total"]["amount"]) for line in quote["lines"]],
        "adjustments": [
            (each["phase"], each["plugin"], each["code"], each["amount"]["amount"]) for each in quote["adjustments"]
        ],
    }


async def deliveries(stage: Stage, orders: Sequence[Any]) -> dict[UUID, str]:
    """The state of each delivery to the plugin about these orders, by its id."""
    found = await db.fetch(
        "SELECT id, state, error FROM outbox_delivery "
        "WHERE recipient = ANY ($1::text[]) AND subject_id = ANY ($2::uuid[])",
        _recipients(stage),
        [UUID(order["id"]) for order in orders],
    )
    return {row["id"]: row["state"] if row["state"] == "done" else f"{row['state']}: {row['error']}" for row in found}


async def tell_again(stage: Stage, ids: Sequence[UUID]) -> None:
    """Make deliveries due once more, as if their transaction had been lost when all of it was done."""
    await db.execute(
        "UPDATE outbox_delivery SET state = 'pending', attempts = 0, next_at = $2 WHERE id = ANY ($1::uuid[])",
        list(ids),
        stage.home.mall.now(),
    )


def _recipients(stage: Stage) -> list[str]:
    return [recipient(stage.name, for_mall=for_mall) for for_mall in (False, True)]
