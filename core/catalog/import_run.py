"""Working on a file that was handed in: read, check, and either everything is written or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from typing import BinaryIO
from uuid import UUID

import asyncpg
import structlog
from msgspec import Struct

from ..errors import Problem
from ..inventory.service import StockBelowHeld, StockChanged
from ..mall import Mall
from ..storage import db
from ..stores.queries import StoreRow, stores_by_ids
from . import import_checks, import_naming, import_plan, import_staging, imports
from .csv_rows import CatalogRow, Fault, read
from .import_writing import Importing, write
from .imports import ImportRow

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
AT_ONCE = 1000
"""Rows that are read before anything else in the process gets its turn."""

TRIED_AGAIN = (
    *db.RETRIED,
    asyncpg.UniqueViolationError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    OSError,
    StockBelowHeld,
    StockChanged,
)
_FAILURE = Fault(
    0, "", "import_failed", "Something went wrong here; nothing was imported. The operator's log says more."
)

Progress = Callable[[int, int], Awaitable[None]]
"""Told how many rows have been read, and how many of them written."""


Watch = Callable[[int, int], None]
"""The same, for somebody who looks on."""


class Rejected(Exception):
    """Some rows cannot be imported, so none is."""

    def __init__(self, total: int, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} bad rows")
        self.total, self.faults = total, faults


class Written(Struct, frozen=True):
    """How many rows were imported, and what came of them."""

    total: int
    created: int
    changed: int


async def sweep(mall: Mall) -> int:
    """Work on every file that waits; return how many there were."""
    count = 0
    while await work_on(mall):
        count += 1
    return count


async def work_on(mall: Mall, import_id: UUID | None = None, watch: Watch | None = None) -> bool:
    """Work on one file (None: the oldest that nobody works on). False when there is none.

    `watch` is told of progress too. The outcome is in the import's row. What another attempt may mend (a
    deadlock, a code that somebody else took meanwhile) is raised, and left to the next sweep, MAX_ATTEMPTS times.
    """
    async with db.transaction():
        row = await imports.claim(import_id)
        if row is None:
            return False
        await imports.start(mall, row.id)
        if row.attempts >= MAX_ATTEMPTS:
            await imports.finish(mall, row, "failed", total=0, faults=[_FAILURE])
        else:
            await _attempt(mall, row, watch)
    return True


async def _attempt(mall: Mall, row: ImportRow, watch: Watch | None) -> None:
    try:
        async with db.savepoint():
            written = await _import(mall, row, watch)
    except Rejected as rejected:
        await imports.finish(mall, row, "rejected", total=rejected.total, faults=rejected.faults)
    except TRIED_AGAIN:
        raise
    except Problem as problem:
        await imports.finish(mall, row, "rejected", total=0, faults=[Fault(0, "", problem.code, problem.detail)])
    except Exception as error:  # whatever it was, it must not come again and again
        log.error("import_failed", import_id=str(row.id), exc_info=error)
        await imports.finish(mall, row, "failed", total=0, faults=[_FAILURE])
    else:
        await imports.finish(mall, row, "done", total=written.total, created=written.created, changed=written.changed)


async def _import(mall: Mall, row: ImportRow, watch: Watch | None) -> Written:
    store = (await stores_by_ids([row.store_id]))[row.store_id]

    async def progress(total: int, done: int) -> None:
        await imports.show_progress(mall, row.id, total, done)
        if watch is not None:
            watch(total, done)

    with tempfile.TemporaryFile() as file:
        async for piece in imports.pieces(row.id):
            file.write(piece)
        file.seek(0)
        total, faults = await _stage(file, store.currency, progress)
    await import_staging.settle()
    faults += await import_checks.row_faults({fault.row for fault in faults})
    await _plan(mall, store, total, faults)
    created, changed = await import_plan.counts()
    importing = Importing(
        store_id=store.id, warehouse=store.default_location_id, cause=row.id, actor_id=row.actor_id, now=mall.now()
    )
    await write(importing, total, lambda done: progress(total, done))
    return Written(total, created, changed)


async def _stage(file: BinaryIO, currency: str, progress: Progress) -> tuple[int, list[Fault]]:
    """Put the file's rows into the staging table; how many there were, and the faults of single rows."""
    await import_staging.open_stage()
    rows: list[CatalogRow] = []
    faults: list[Fault] = []
    total = 0
    for found in read(file, currency):
        total += found.row > 1
        if isinstance(found, Fault):
            faults.append(found)
        else:
            rows.append(found)
        if total % AT_ONCE == 0:
            await import_staging.stage(rows)
            rows.clear()
            await progress(total, 0)
    await import_staging.stage(rows)
    return total, faults


async def _plan(mall: Mall, store: StoreRow, total: int, faults: list[Fault]) -> None:
    """Draw the plan and hold it against the store. Raises Rejected when that, or anything before, has faults."""
    if not any(fault.row <= 1 or fault.code == "duplicate_sku" for fault in faults):
        brands = await import_naming.brand_ids(await import_staging.brands(), store.locale, mall.now())
        paths = await import_naming.category_ids(store.id, await import_staging.paths(), store.locale, mall.now())
        await import_plan.draw(store.id, brands, paths)
        known = {fault.row for fault in faults}
        faults += await import_checks.plan_faults(known, store.id, store.default_location_id)
    if faults:
        raise Rejected(total, sorted(faults, key=lambda fault: fault.row))
