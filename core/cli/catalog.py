"""A store's catalog from a CSV file, and to one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TextIO
from uuid import UUID

import click
from msgspec import Struct
from tqdm import tqdm

from ..catalog import import_run, imports
from ..catalog.export import exported
from ..catalog.import_run import Watch
from ..catalog.imports import FaultRow, ImportRow
from ..errors import NotFound
from ..mall import Mall
from ..stores.queries import StoreRow, store_by_ref

_LINES_AT_ONCE = 1000
_PAUSE = 0.5
"""Seconds between two looks at an import that a server works on."""


class ImportOutcome(Struct, frozen=True):
    """How an import ended, with its whole report."""

    row: ImportRow
    report: list[FaultRow]

    @property
    def done(self) -> bool:
        return self.row.state == "done"


async def import_file(mall: Mall, store_ref: str, path: Path, *, progress: Watch) -> ImportOutcome:
    """Import a file into a store (id or slug) and wait for the end of it; `progress` is told rows read and written.

    Raises NotFound (`store_not_found`), and what kept the last attempt from ending.
    """
    store = await _store(store_ref)
    row = await imports.enqueue(mall, store.id, None, await asyncio.to_thread(path.read_bytes))
    while row.state in ("queued", "running"):
        await _work(mall, row, progress)
        row = await imports.find(store.id, row.id)
        progress(row.rows_total, row.rows_done)
    return ImportOutcome(row, await _report(row))


async def export_file(mall: Mall, store_ref: str, stream: TextIO) -> None:  # noqa: ARG001  as commands call it
    """Write a store's catalog to an open text file. Raises NotFound (`store_not_found`)."""
    async for part in exported(await _store(store_ref)):
        stream.write(part)


async def import_command(mall: Mall, store_ref: str, path: Path) -> int:
    """Import with a progress bar, and print the report. Returns the exit code: 0 when everything was imported."""
    with tqdm(unit=" rows", disable=None) as bar:

        def progress(total: int, done: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        outcome = await import_file(mall, store_ref, path, progress=progress)
    _print(outcome)
    return 0 if outcome.done else 1


async def _work(mall: Mall, row: ImportRow, progress: Watch) -> None:
    """One attempt here, or a pause while a server makes it."""
    try:
        worked = await import_run.work_on(mall, row.id, progress)
    except import_run.TRIED_AGAIN:
        if row.attempts + 1 >= import_run.MAX_ATTEMPTS:
            raise
        worked = False
    if not worked:
        await asyncio.sleep(_PAUSE)


async def _store(ref: str) -> StoreRow:
    found = await store_by_ref(ref)
    if found is None:
        raise NotFound(f"There is no store {ref!r}.", code="store_not_found")
    return found


async def _report(row: ImportRow) -> list[FaultRow]:
    lines: list[FaultRow] = []
    after: tuple[int, UUID] | None = None
    while True:
        found = await imports.report(row.store_id, row.id, after, _LINES_AT_ONCE)
        lines += found[:_LINES_AT_ONCE]
        if len(found) <= _LINES_AT_ONCE:
            return lines
        after = (lines[-1].row, lines[-1].id)


def _print(outcome: ImportOutcome) -> None:
    row = outcome.row
    for line in outcome.report:
        click.echo(f"row {line.row}, {line.field or 'whole row'}: {line.code}: {line.detail}", err=True)
    if outcome.done:
        click.echo(f"{row.rows_total} rows: {row.skus_created} SKUs are new, {row.skus_changed} have changed.")
    else:
        click.echo(f"{row.state}: {row.rows_bad} lines above; nothing was imported.", err=True)
