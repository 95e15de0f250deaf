from __future__ import annotations

import asyncio
import io

import pytest
from galleria.core.catalog import import_run
from galleria.core.cli.catalog import export_file, import_command, import_file
from galleria.core.errors import NotFound

from .sheets import sheet


async def test_a_file_is_imported_and_exported_again(mall, make_shop, tmp_path, capsys):
    """The command imports a file, says how much that was, and the export has it."""
    shop, path = await make_shop(), tmp_path / "catalog.csv"
    path.write_text(sheet({}), encoding="utf-8-sig")
    assert await import_command(mall, shop.slug, path) == 0
    assert "1 rows: 1 SKUs are new, 0 have changed." in capsys.readouterr().out
    stream = io.StringIO()
    await export_file(mall, str(shop.id), stream)
    assert "p1,,Thermos" in stream.getvalue()


async def test_a_rejected_file_prints_its_report_and_exits_with_one(mall, make_shop, tmp_path, capsys):
    """Every bad row is printed; the exit code is 1."""
    shop, path = await make_shop(), tmp_path / "catalog.csv"
    path.write_text(sheet({"price": "x"}, {"stock": "y"}))
    assert await import_command(mall, shop.slug, path) == 1
    told = capsys.readouterr().err
    assert "row 2, price: invalid_amount" in told
    assert "row 3, stock: invalid_number" in told


async def test_a_long_report_is_whole(mall, make_shop, tmp_path):
    """More lines than one page has are all there, in order."""
    shop, path = await make_shop(), tmp_path / "catalog.csv"
    path.write_text(sheet(*({"price": "x"} for _ in range(2100))))
    outcome = await import_file(mall, shop.slug, path, progress=lambda total, done: None)
    assert [line.row for line in outcome.report] == list(range(2, 2102))


async def test_progress_is_told_up_to_the_end(mall, make_shop, tmp_path):
    """The last word of progress is that every row is done."""
    shop, path, seen = await make_shop(), tmp_path / "catalog.csv", []
    path.write_text(sheet({}))
    await import_file(mall, shop.slug, path, progress=lambda total, done: seen.append((total, done)))
    assert seen[-1] == (1, 1)


async def test_a_file_that_a_server_works_on_is_waited_for(mall, make_shop, tmp_path):
    """While somebody else's sweep has the file, the command waits for what comes of it."""
    shop, path = await make_shop(), tmp_path / "catalog.csv"
    path.write_text(sheet({}))

    ended = asyncio.Event()

    async def sweep():
        while not ended.is_set():
            await import_run.sweep(mall)
            await asyncio.sleep(0)

    swept = asyncio.create_task(sweep())
    outcome = await import_file(mall, shop.slug, path, progress=lambda total, done: None)
    ended.set()
    await swept
    assert outcome.done


async def test_an_unknown_store_is_said_so(mall, tmp_path):
    """A store that does not exist is an error before anything is kept."""
    with pytest.raises(NotFound):
        await import_file(mall, "no-such-store", tmp_path / "x.csv", progress=lambda total, done: None)
    with pytest.raises(NotFound):
        await export_file(mall, "no-such-store", io.StringIO())
