"""Files that are handed in: kept in pieces until they are worked on, with progress and a report that all can read.

The right to work on a file is a lock on its first piece. It ends with the worker's transaction, however that ends,
so a file whose worker has died is free at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from ..ids import new_id
from ..mall import Mall
from ..storage import db
from .csv_rows import Fault
from .problems import ImportNotFound

PIECE = 1024 * 1024
"""Bytes of one piece."""

KEPT = timedelta(days=90)
"""How long the report of an import that has ended can be read."""

State = Literal["queued", "running", "done", "rejected", "failed"]


class ImportRow(Struct, frozen=True, kw_only=True):
    """An import. `rows_total` grows while the file is read, `rows_done` while it is written; neither counts the
    header. `rows_bad` rows are in the report."""

    id: UUID
    store_id: UUID
    actor_id: UUID | None
    state: str
    attempts: int
    rows_total: int
    rows_done: int
    rows_bad: int
    skus_created: int
    skus_changed: int
    created_at: datetime
    updated_at: datetime


class FaultRow(Struct, frozen=True, kw_only=True):
    """A line of a report, with its id for the next page."""

    id: UUID
    row: int
    field: str
    code: str
    detail: str


_COLUMNS = """
id, store_id, actor_id, state, attempts, rows_total, rows_done, rows_bad, skus_created, skus_changed, created_at,
updated_at
"""
_INSERT = (
    "INSERT INTO catalog_import (id, store_id, actor_id, created_at, updated_at, state) VALUES ($1, $2, $3, $4, $4, $5)"
)
_INSERT_PIECE = """
INSERT INTO catalog_import_piece (id, store_id, import_id, position, content) VALUES ($1, $2, $3, $4, $5)
"""
_CLAIM = """
SELECT import_id FROM catalog_import_piece WHERE position = 0 AND ($1::uuid IS NULL OR import_id = $1)
ORDER BY import_id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_PIECE = "SELECT content FROM catalog_import_piece WHERE import_id = $1 AND position = $2"
_START = """
UPDATE catalog_import SET state = 'running', attempts = attempts + 1, rows_total = 0, rows_done = 0, updated_at = $2
WHERE id = $1 AND state IN ('queued', 'running')
"""
_PROGRESS = "UPDATE catalog_import SET rows_total = $2, rows_done = $3, updated_at = $4 WHERE id = $1"
_FINISH = """
UPDATE catalog_import SET state = $2, rows_total = $3, rows_done = $4, rows_bad = $5, skus_created = $6,
  skus_changed = $7, updated_at = $8
WHERE id = $1 AND state = 'running'
"""
_INSERT_FAULTS = """
INSERT INTO catalog_import_fault (id, store_id, import_id, row, field, code, detail)
SELECT f.id, $1, $2, f.row, f.field, f.code, f.detail
FROM unnest($3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[]) AS f (id, row, field, code, detail)
"""
_REPORT = """
SELECT id, row, field, code, detail FROM catalog_import_fault
WHERE store_id = $1 AND import_id = $2 AND (row, id) > ($3, $4) ORDER BY row, id LIMIT $5
"""
_OLD = "SELECT id FROM catalog_import WHERE updated_at < $1 AND state NOT IN ('queued', 'running')"
_FIRST = (-1, UUID(int=0))
_AT_ONCE = 5000


@db.atomic
async def enqueue(mall: Mall, store_id: UUID, actor_id: UUID | None, content: bytes) -> ImportRow:
    """Keep a file to be imported."""
    import_id = new_id()
    await db.execute(_INSERT, import_id, store_id, actor_id, mall.now(), "queued")
    for position in range(max(1, -(-len(content) // PIECE))):
        piece = content[position * PIECE : (position + 1) * PIECE]
        await db.execute(_INSERT_PIECE, new_id(), store_id, import_id, position, piece)
    return await find(store_id, import_id)


async def find(store_id: UUID, import_id: UUID) -> ImportRow:
    """Raises ImportNotFound."""
    sql = f"SELECT {_COLUMNS} FROM catalog_import WHERE store_id = $1 AND id = $2"  # noqa: S608  a constant
    found = await db.row(ImportRow, sql, store_id, import_id)
    if found is None:
        raise ImportNotFound
    return found


async def page(store_id: UUID, before: UUID | None, limit: int) -> list[ImportRow]:
    """A store's imports, the newest first, one more than `limit`."""
    sql = f"SELECT {_COLUMNS} FROM catalog_import WHERE store_id = $1 AND ($2::uuid IS NULL OR id < $2)"  # noqa: S608  a constant
    return await db.rows(ImportRow, f"{sql} ORDER BY id DESC LIMIT $3", store_id, before, limit + 1)


async def report(store_id: UUID, import_id: UUID, after: tuple[int, UUID] | None, limit: int) -> list[FaultRow]:
    """Lines of an import's report in the file's order, one more than `limit`."""
    return await db.rows(FaultRow, _REPORT, store_id, import_id, *(after or _FIRST), limit + 1)


async def claim(import_id: UUID | None) -> ImportRow | None:
    """Take the right to work on a file (None: on the oldest) until the transaction ends.

    None when there is no such file to be worked on, or somebody works on it.
    """
    claimed = await db.fetch_value(_CLAIM, import_id)
    if claimed is None:
        return None
    return await db.row(ImportRow, f"SELECT {_COLUMNS} FROM catalog_import WHERE id = $1", claimed)  # noqa: S608  a constant


async def pieces(import_id: UUID) -> AsyncIterator[bytes]:
    """The file, piece by piece."""
    position = 0
    while (piece := await db.fetch_value(_PIECE, import_id, position)) is not None:
        yield piece
        position += 1


async def start(mall: Mall, import_id: UUID) -> None:
    """Say that the file is being worked on, once more; seen at once."""
    await _aside(_START, import_id, mall.now())


async def show_progress(mall: Mall, import_id: UUID, total: int, done: int) -> None:
    """Say how far the work is; seen at once, while the work's own transaction is open."""
    await _aside(_PROGRESS, import_id, total, done, mall.now())


@db.atomic
async def purge(mall: Mall) -> int:
    """Forget imports that ended longer than KEPT ago, with their reports; return how many."""
    old = [row["id"] for row in await db.fetch(_OLD, mall.now() - KEPT)]
    await db.execute("DELETE FROM catalog_import_fault WHERE import_id = ANY ($1::uuid[])", old)
    return await db.execute("DELETE FROM catalog_import WHERE id = ANY ($1::uuid[])", old)


async def _aside(sql: str, *args: object) -> None:
    async with db.engine().open_pool.acquire() as link:
        await link.execute(sql, *args)


async def finish(
    mall: Mall,
    row: ImportRow,
    state: State,
    *,
    total: int,
    faults: Sequence[Fault] = (),
    created: int = 0,
    changed: int = 0,
) -> None:
    """Write what came of it, and let the file go. In the transaction that holds the claim."""
    done = total if state == "done" else 0
    await db.execute(_FINISH, row.id, state, total, done, len(faults), created, changed, mall.now())
    for start_at in range(0, len(faults), _AT_ONCE):
        await _write_faults(row, faults[start_at : start_at + _AT_ONCE])
    await db.execute("DELETE FROM catalog_import_piece WHERE import_id = $1", row.id)


async def _write_faults(row: ImportRow, faults: Sequence[Fault]) -> None:
    await db.execute(
        _INSERT_FAULTS, row.store_id, row.id, [new_id() for _ in faults], [fault.row for fault in faults],
        [fault.field for fault in faults], [fault.code for fault in faults], [fault.detail for fault in faults],
    )  # fmt: skip
