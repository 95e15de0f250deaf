from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping
from typing import Any

from galleria.core.catalog.csv_format import guarded
from galleria.core.catalog.csv_rows import STATES
from galleria.core.catalog.export import exported
from galleria.core.catalog.import_run import work_on
from galleria.core.catalog.imports import enqueue, find, report
from galleria.core.catalog.slugs import slug_of
from galleria.core.money import to_major
from galleria.core.stores.queries import store_by_ref
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .sheets import sheet

PLAIN = st.characters(codec="utf-8", exclude_characters="\0\r\n")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
CODE = st.text(PLAIN, min_size=1, max_size=20).map(str.strip).filter(bool)
AMOUNT = st.integers(0, 10**6)
NAME = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


@st.composite
def files(draw: st.DrawFn) -> list[Mapping[str, str]]:
    """Rows of up to five products, each with up to three SKUs, in the currency's major units."""
    codes = draw(st.lists(CODE, unique=True, max_size=5))
    rows = [row for place, code in enumerate(codes) for row in _product(draw, place, code)]
    return [{column: guarded(text) for column, text in row.items()} for row in rows]


def _product(draw: st.DrawFn, place: int, code: str) -> list[dict[str, str]]:
    shared = {
        "product_code": code,
        "name_zh": draw(TEXT),
        "name_en": draw(TEXT.filter(str.strip)),
        "brand": draw(st.sampled_from(["", "Spring & Co", "山泉", "=Danger"])),
        "category": " > ".join(draw(st.lists(NAME.filter(slug_of), max_size=3))),
        "status": draw(st.sampled_from(STATES)),
        "description_zh": draw(TEXT),
    }
    sizes = draw(st.lists(NAME, unique=True, min_size=1, max_size=3))
    return [shared | _sku(draw, f"{place}-{number}", size) for number, size in enumerate(sizes)]


def _sku(draw: st.DrawFn, code: str, size: str) -> dict[str, str]:
    price = draw(AMOUNT)
    return {
        "sku_code": code,
        "options": f"size={size}",
        "barcode": draw(st.sampled_from(["", "690123", "-1", "'x"])),
        "price": to_major(price, "CNY"),
        "minimum_price": to_major(draw(st.integers(0, price)), "CNY"),
        "cost": draw(st.just("") | AMOUNT.map(lambda cost: to_major(cost, "CNY"))),
        "weight_grams": str(draw(st.integers(0, 10**5))),
        "stock": draw(st.just("") | st.integers(0, 10**5).map(str)),
    }


async def bring(mall: Any, store: Any, text: str) -> Any:
    row = await enqueue(mall, store.id, None, text.encode())
    assert await work_on(mall, row.id)
    done = await find(store.id, row.id)
    assert done.state == "done", await report(store.id, row.id, None, 10)
    return done


async def written(store: Any) -> str:
    return "".join([part async for part in exported(store)])


async def test_what_was_imported_is_exported_and_imports_to_nothing_new(mall, make_shop):
    """Any good file: its store's export changes nothing there, and gives a second store the same catalog."""
    loop = asyncio.get_running_loop()

    async def check(rows: list[Mapping[str, str]]) -> None:
        one, other = [await store_by_ref((await make_shop()).slug) for _ in range(2)]
        made = await bring(mall, one, sheet(*rows))
        assert made.skus_created == len(rows)
        export = await written(one)
        again = await bring(mall, one, export)
        assert (again.skus_created, again.skus_changed, again.rows_total) == (0, 0, len(rows))
        assert await written(one) == export
        await bring(mall, other, export)
        assert sorted(lines(await written(other))) == sorted(lines(export))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(files())
    def run(rows: list[Mapping[str, str]]) -> None:
        asyncio.run_coroutine_threadsafe(check(rows), loop).result(60)

    await asyncio.to_thread(run)


def lines(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))[1:]
