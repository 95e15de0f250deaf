from __future__ import annotations

import asyncio
import contextvars
import csv
import io
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from galleria.core.catalog import import_run, import_writing, imports
from galleria.core.catalog.csv_format import COLUMNS
from galleria.core.catalog.tables import Category, Product, Sku
from galleria.core.inventory.tables import StockLevel, StockMovement
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem

from .sheets import sheet

CLEAN = contextvars.Context()
"""In which no transaction is open."""


async def product(desk, code="p1"):
    [item] = ok(await desk.api.get(f"{desk.path}/products", params={"code": code}))["items"]
    return ok(await desk.api.get(f"{desk.path}/products/{item['id']}"))


async def stock(desk):
    return {row["sku_id"]: row["on_hand"] for row in ok(await desk.api.get(f"{desk.path}/stock"))["items"]}


async def nothing_is_there(desk):
    assert ok(await desk.api.get(f"{desk.path}/products"))["items"] == []
    assert ok(await desk.api.get(f"{desk.path}/categories"))["items"] == []


async def test_a_file_makes_products_skus_brand_categories_and_stock(make_desk, bring, slug, sound):
    """Rows of one code are one product; its brand and its path of store categories are made, and stock is set."""
    desk, brand = await make_desk(), f"Brand {slug()}"
    shared = {"brand": brand, "category": "Tea > Green tea", "name_zh": "茶"}
    done = await bring(desk, sheet(
        {**shared, "options": "size=S", "cost": "5", "minimum_price": "10.5", "barcode": "690", "weight_grams": "120"},
        {**shared, "sku_code": "p1-2", "options": "size=L", "price": "0", "stock": ""},
    ))  # fmt: skip
    assert (done["state"], done["rows_total"], done["rows_done"], done["rows_bad"]) == ("done", 2, 2, 0)
    assert (done["skus_created"], done["skus_changed"], done["report"]) == (2, 0, [])
    made = await product(desk)
    assert (made["name"], made["state"]) == ({"zh-CN": "茶", "en": "Thermos"}, "on_sale")
    assert made["options"] == [{"name": "size", "values": ["S", "L"]}]
    assert (made["price"]["amount"], made["max_price"]["amount"]) == (0, 1999)
    first, second = made["skus"]
    assert (first["cost"]["amount"], first["minimum_price"]["amount"], first["barcode"], first["weight_grams"]) == (
        500, 1050, "690", 120,
    )  # fmt: skip
    assert (second["cost"], second["price"]["amount"], second["position"]) == (None, 0, 1)
    assert await stock(desk) == {first["id"]: 5, second["id"]: 0}
    tree = ok(await desk.api.get(f"{desk.shop.path}/categories"))["items"]
    assert (tree[0]["name"], tree[0]["children"][0]["name"]) == ("Tea", "Green tea")
    assert made["store_category_ids"] == [tree[0]["children"][0]["id"]]
    listed = ok(await desk.api.get(f"{desk.shop.path}/products", params={"brand": made["brand_id"]}))["items"]
    assert [row["brand"]["name"] for row in listed] == [brand]
    await sound()


async def test_a_brand_and_a_category_that_are_there_are_used(make_desk, operator, bring, slug):
    """Names find brands and store categories by slug, or by a name in any language; the platform's tree stays."""
    boss, desk, name = await operator(), await make_desk(), slug()
    brand = ok(await boss.post("/api/mall/brands", {"slug": name, "name": {"zh-CN": f"牌{name}"}}), 201)
    tea = await desk.category("cha", name={"zh-CN": "茶", "en": "Tea"})
    done = await bring(desk, sheet(
        {"brand": name.upper(), "category": "茶"},
        {"product_code": "p2", "sku_code": "p2", "brand": f"牌{name}", "category": "CHA > New"},
    ))  # fmt: skip
    assert done["state"] == "done"
    one, two = await product(desk), await product(desk, "p2")
    assert one["brand_id"] == two["brand_id"] == brand["id"]
    assert one["store_category_ids"] == [tea["id"]]
    nodes = {row["id"]: row for row in ok(await desk.api.get(f"{desk.path}/categories"))["items"]}
    assert nodes[two["store_category_ids"][0]]["parent_id"] == tea["id"]
    assert two["category_id"] is None


async def test_a_second_file_changes_what_it_says_and_nothing_else(make_desk, bring, sound):
    """Only a price that differs gets a new revision; empty cells leave what there is; versions count changes."""
    desk = await make_desk()
    await bring(desk, sheet({"name_zh": "杯", "cost": "3"}, {"product_code": "p2", "sku_code": "p2"}))
    done = await bring(desk, sheet(
        {"price": "18", "stock": "", "status": ""}, {"product_code": "p2", "sku_code": "p2", "name_en": "Mug"}
    ))  # fmt: skip
    assert (done["skus_created"], done["skus_changed"]) == (0, 1)
    cup, mug = await product(desk), await product(desk, "p2")
    assert (cup["skus"][0]["price_revision"], cup["skus"][0]["price"]["amount"], cup["price"]["amount"]) == (
        2,
        1800,
        1800,
    )
    assert (cup["name"], cup["state"], cup["skus"][0]["cost"]["amount"]) == (
        {"zh-CN": "杯", "en": "Thermos"},
        "on_sale",
        300,
    )
    assert (cup["version"], mug["version"], mug["name"], mug["skus"][0]["price_revision"]) == (1, 2, {"en": "Mug"}, 1)
    assert set((await stock(desk)).values()) == {5}
    await sound()


async def test_a_file_adds_a_sku_to_a_product_and_brings_an_inactive_one_back(make_desk, bring, sound):
    """New SKUs come after those that are there; a SKU that the file names is active again."""
    desk = await make_desk()
    await bring(desk, sheet({"options": "size=S"}, {"sku_code": "p1-2", "options": "size=M"}))
    made = await product(desk)
    ok(await desk.change(made, f"/skus/{made['skus'][1]['id']}", active=False))
    done = await bring(desk, sheet(
        {"sku_code": "p1-2", "options": "size=M", "price": "9"}, {"sku_code": "p1-3", "options": "size=L"}
    ))  # fmt: skip
    assert done["state"] == "done"
    made = await product(desk)
    assert [(one["code"], one["active"], one["position"]) for one in made["skus"]] == [
        ("p1-1", True, 0), ("p1-2", True, 1), ("p1-3", True, 3),
    ]  # fmt: skip
    assert made["options"][0]["values"] == ["S", "M", "L"]
    assert made["price"]["amount"] == 900
    await sound()


BAD_ROWS = [
    ({"product_code": " "}, "product_code", "required"),
    ({"sku_code": ""}, "sku_code", "required"),
    ({"sku_code": "x" * 81}, "sku_code", "too_long"),
    ({"barcode": "x" * 41}, "barcode", "too_long"),
    ({"name_en": "x" * 20_001}, "name_en", "too_long"),
    ({"name_en": ""}, "name_zh", "required"),
    ({"name_en": "a\0b"}, "name_en", "nul_character"),
    ({"brand": "!!!"}, "brand", "invalid_brand"),
    ({"category": "Tea > "}, "category", "invalid_category"),
    ({"category": " > ".join("abcdefghi")}, "category", "invalid_category"),
    ({"options": "size"}, "options", "invalid_options"),
    ({"options": "size=S;size=L"}, "options", "invalid_options"),
    ({"options": ";".join(f"{name}=1" for name in "abcdef")}, "options", "invalid_options"),
    ({"price": ""}, "price", "required"),
    ({"price": "-1"}, "price", "invalid_amount"),
    ({"price": "1,50"}, "price", "invalid_amount"),
    ({"price": "1.999"}, "price", "invalid_amount"),
    ({"price": "1e9"}, "price", "invalid_amount"),
    ({"price": "9" * 17}, "price", "invalid_amount"),
    ({"cost": "x"}, "cost", "invalid_amount"),
    ({"minimum_price": "20"}, "minimum_price", "minimum_price_above_price"),
    ({"weight_grams": "1.5"}, "weight_grams", "invalid_number"),
    ({"stock": "-1"}, "stock", "invalid_number"),
    ({"stock": "2147483648"}, "stock", "invalid_number"),
    ({"stock": "²"}, "stock", "invalid_number"),
    ({"status": "sold"}, "status", "invalid_status"),
]


@pytest.mark.parametrize(("cells", "column", "code"), BAD_ROWS)
async def test_a_bad_row_is_reported_and_nothing_is_imported(make_desk, bring, cells, column, code):
    """The report names the row, the column and why; the good row beside it is not imported either."""
    desk = await make_desk()
    good = {"product_code": "good", "sku_code": "good", "category": "Tea"}
    done = await bring(desk, sheet(good, cells))
    assert (done["state"], done["rows_total"], done["rows_done"], done["rows_bad"]) == ("rejected", 2, 0, 1)
    [line] = done["report"]
    assert (line["row"], line["column"], line["code"]) == (3, column, code)
    await nothing_is_there(desk)


async def test_every_bad_row_has_one_line(make_desk, bring):
    """Rows that are bad in several ways, alone or together, have one line each, in the file's order."""
    desk = await make_desk()
    done = await bring(desk, sheet(
        {"price": "x", "stock": "y"},
        {},
        {"name_en": "Other", "sku_code": "p1-2"},
        {},
        ["too", "short"],
        {"product_code": "p3", "sku_code": "p3", "status": "?"},
    ))  # fmt: skip
    assert [(line["row"], line["code"]) for line in done["report"]] == [
        (2, "invalid_amount"), (4, "product_mismatch"), (5, "duplicate_sku"), (6, "wrong_cell_count"),
        (7, "invalid_status"),
    ]  # fmt: skip
    assert done["report"][1]["column"] == "name_en"
    await nothing_is_there(desk)


@pytest.mark.parametrize(
    ("rows", "row", "column", "code"),
    [
        ([{"options": "size=S"}, {"sku_code": "b", "options": "colour=red"}], 3, "options", "options_mismatch"),
        ([{"options": "size=S"}, {"sku_code": "b"}], 3, "options", "options_mismatch"),
        ([{"options": "size=S"}, {"sku_code": "b", "options": "size=S"}], 3, "options", "options_taken"),
        ([{}, {"sku_code": "b"}], 3, "options", "options_taken"),
    ],
)
async def test_the_skus_of_a_product_must_differ(make_desk, bring, rows, row, column, code):
    """Within a file, the SKUs of a product have the same axes and different values."""
    done = await bring(await make_desk(), sheet(*rows))
    assert [(line["row"], line["column"], line["code"]) for line in done["report"]] == [(row, column, code)]


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"product_code": "p2", "sku_code": "p1-1"}, "sku_code", "sku_code_taken"),
        ({"sku_code": "new", "options": "colour=red"}, "options", "options_mismatch"),
        ({"sku_code": "new", "options": "size=S"}, "options", "options_taken"),
        ({"options": "size=S", "status": "draft"}, "status", "status_not_allowed"),
        ({"price": "1"}, "minimum_price", "minimum_price_above_price"),
        ({"stock": "1"}, "stock", "stock_below_held"),
    ],
)
async def test_what_the_store_has_already_is_respected(make_desk, bring, cells, column, code):
    """A row may not take another product's SKU, break its options, go back to draft, or undercut what is kept."""
    desk = await make_desk()
    await bring(desk, sheet({"options": "size=S", "minimum_price": "10"}))
    sku = (await product(desk))["skus"][0]["id"]
    await db.execute("UPDATE stock_level SET held = 2 WHERE sku_id = $1", UUID(sku))
    done = await bring(desk, sheet(cells))
    assert [(line["row"], line["column"], line["code"]) for line in done["report"]] == [(2, column, code)]
    assert (await product(desk))["version"] == 1


@pytest.mark.parametrize(
    ("content", "row", "code"),
    [
        (b"", 1, "missing_columns"),
        (b"\n", 1, "missing_columns"),
        (sheet({}, columns=[name for name in COLUMNS if name != "price"]).encode(), 1, "missing_columns"),
        (sheet({}, columns=[*COLUMNS, "colour"]).encode(), 1, "unknown_columns"),
        (sheet({}, columns=[*COLUMNS, "price"]).encode(), 1, "duplicate_columns"),
        (sheet({}).encode() + b'p2,"Mug', 3, "broken_quoting"),
        (sheet({}).encode() + b'p2,"Mug"x,,\r\n', 3, "broken_quoting"),
        (sheet({"name_en": "x" * 140_000}).encode(), 2, "field_too_large"),
        (sheet({"name_zh": "茶"}).encode("gbk"), 2, "not_utf8"),
        (b"\xff\xfe" + sheet({}).encode("utf-16-le"), 1, "not_utf8"),
        (b"\0" * 100, 1, "missing_columns"),
    ],
)
async def test_a_file_that_is_no_catalog_is_rejected(make_desk, bring, content, row, code):
    """Missing, unknown and repeated columns, broken quoting, giant cells and other encodings are reported."""
    desk = await make_desk()
    done = await bring(desk, content)
    assert (done["state"], [(line["row"], line["code"]) for line in done["report"]]) == ("rejected", [(row, code)])
    await nothing_is_there(desk)


@pytest.mark.parametrize("change", ["bom", "order", "blank_lines", "unix", "quoted_newline"])
async def test_files_as_programs_write_them(make_desk, bring, change):
    """A byte order mark, columns in another order, blank lines, bare newlines and newlines in cells are all fine."""
    desk = await make_desk()
    content = {
        "bom": "\ufeff" + sheet({}),
        "order": sheet({}, columns=sorted(COLUMNS)),
        "blank_lines": sheet({}).replace("\r\n", "\r\n\r\n"),
        "unix": sheet({}).replace("\r\n", "\n"),
        "quoted_newline": sheet({"description_en": 'one\r\ntwo, "three"\n=four'}),
    }[change]
    done = await bring(desk, content)
    assert (done["state"], done["skus_created"], done["report"]) == ("done", 1, [])
    if change == "quoted_newline":
        assert (await product(desk))["description"] == {"en": 'one\r\ntwo, "three"\n=four'}


async def test_prices_follow_the_currencys_decimals(make_desk, bring, export):
    """Yen have no decimals, dinars three, in both directions."""
    for currency, written, amount in (("JPY", "500", 500), ("KWD", "1.234", 1234)):
        desk = await make_desk(currency=currency)
        assert (await bring(desk, sheet({"price": written})))["state"] == "done"
        assert (await product(desk))["price"] == {"amount": amount, "currency": currency}
        assert f",{written}," in await export(desk)
    assert (await bring(await make_desk(currency="JPY"), sheet({"price": "1.5"})))["state"] == "rejected"


async def test_five_thousand_rows(make_desk, bring, export, sound):
    """A file of 5,000 rows is imported whole, with progress to its end, and comes back as it was."""
    desk, mark = await make_desk(), uuid4().hex[:6]
    rows = [
        {"product_code": f"p{n // 2}", "sku_code": f"s{n}", "options": f"size={n % 2}", "price": f"{n}.25",
         "brand": f"{mark} {n // 2 % 50}", "category": f"C{n // 2 % 7} > D{n // 2 % 30}", "stock": str(n)}
        for n in range(5000)
    ]  # fmt: skip
    done = await bring(desk, sheet(*rows))
    assert (done["state"], done["rows_total"], done["rows_done"], done["skus_created"]) == ("done", 5000, 5000, 5000)
    written = {row["sku_code"]: row for row in csv.DictReader(io.StringIO(await export(desk)))}
    assert len(written) == 5000
    assert {name: written["s4321"][name] for name in rows[4321]} == rows[4321]
    await sound()


TABLES = (Product, Sku, Category, StockLevel, StockMovement)


async def snapshot(desk):
    """Every row of the store's catalog and stock, as the database has it."""
    return [await table.select().where(table.store_id == desk.shop.id).order_by(table.id) for table in TABLES]


async def test_an_export_imported_again_changes_nothing(make_desk, operator, slug, bring, export):
    """Not one row of products, SKUs, categories, stock levels or movements is touched."""
    boss, desk = await operator(), await make_desk()
    brand = ok(await boss.post("/api/mall/brands", {"slug": slug(), "name": {"zh-CN": "另名"}}), 201)
    tea = await desk.category("cha", name={"zh-CN": "茶 > 叶", "en": "Tea"})
    other = await desk.category("other")
    axes = [{"name": "b", "values": ["2", "1"]}, {"name": "a", "values": ["+"]}]
    await desk.product(
        brand_id=brand["id"],
        store_category_ids=[tea["id"], other["id"]],
        name={"en": " =Thermos", "ja": "水筒"},
        description={"zh-CN": "'quoted\r\nlines"},
        options=axes,
        skus=[
            {"code": "@1", "price": 5, "options": {"a": "+", "b": "1"}},
            {"code": "-2", "price": 0, "options": {"b": "2", "a": "+"}},
        ],
    )
    await desk.product(on_sale=True)
    before = await snapshot(desk)
    done = await bring(desk, await export(desk))
    assert (done["state"], done["rows_total"], done["skus_created"], done["skus_changed"]) == ("done", 3, 0, 0)
    assert await snapshot(desk) == before


async def test_no_cell_of_an_export_is_a_formula(make_desk, export):
    """Cells that begin as formulas do are written with an apostrophe before them."""
    desk = await make_desk()
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        await desk.product(name={"en": text}, description={"en": text})
    written = await export(desk)
    rows = list(csv.DictReader(io.StringIO(written, newline="")))
    assert all(row["name_en"].startswith("'") and row["description_en"].startswith("'") for row in rows)
    assert len(rows) == 6


async def test_progress_is_seen_while_the_work_goes_on(make_desk, mall, monkeypatch):
    """Another caller sees the state running and rows done before anything is committed."""
    monkeypatch.setattr(import_writing, "AT_ONCE", 2)
    desk, seen = await make_desk(), []
    rows = [{"product_code": f"p{n}", "sku_code": f"p{n}"} for n in range(5)]
    queued = ok(await desk.api.post(f"{desk.path}/imports", content=sheet(*rows)), 201)
    show = imports.show_progress

    async def watched(*args):
        await show(*args)
        view = await asyncio.create_task(fresh(desk.api.get(f"{desk.path}/imports/{queued['id']}")), context=CLEAN)
        items = await asyncio.create_task(fresh(desk.api.get(f"{desk.path}/products")), context=CLEAN)
        seen.append((view["state"], view["rows_total"], view["rows_done"], len(items["items"])))

    monkeypatch.setattr(imports, "show_progress", watched)
    await import_run.sweep(mall)
    assert seen == [("running", 5, 2, 0), ("running", 5, 4, 0), ("running", 5, 5, 0)]


async def fresh(request, status=200):
    return ok(await request, status)


async def test_a_worker_that_dies_leaves_the_file_to_the_next(make_desk, mall, monkeypatch, sound):
    """A run that is cut off in the middle has imported nothing, and the file is taken up again at once."""
    desk = await make_desk()
    queued = ok(await desk.api.post(f"{desk.path}/imports", content=sheet({})), 201)
    reached, path = asyncio.Event(), f"{desk.path}/imports/{queued['id']}"

    async def hang():
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(import_writing, "_write_axes", hang)
        worker = asyncio.create_task(import_run.work_on(mall, UUID(queued["id"])))
        await asyncio.wait_for(reached.wait(), 30)
        assert await import_run.work_on(mall, UUID(queued["id"])) is False
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    assert ok(await desk.api.get(path))["state"] == "running"
    await nothing_is_there(desk)
    assert await import_run.work_on(mall, UUID(queued["id"])) is True
    assert ok(await desk.api.get(path))["state"] == "done"
    assert await import_run.work_on(mall, UUID(queued["id"])) is False
    await sound()


async def test_two_workers_never_take_one_file(make_desk, mall):
    """Of several workers that start at once, one works; the file is imported once."""
    desk = await make_desk()
    queued = ok(await desk.api.post(f"{desk.path}/imports", content=sheet({})), 201)
    worked = await asyncio.gather(*(import_run.work_on(mall, UUID(queued["id"])) for _ in range(5)))
    assert sum(worked) == 1
    assert (await db.fetch_value("SELECT attempts FROM catalog_import WHERE id = $1", UUID(queued["id"]))) == 1


async def test_without_the_claims_lock_they_would(make_desk, mall, monkeypatch):
    """The control: with the lock off, more than one worker takes the file."""
    desk = await make_desk()
    queued = ok(await desk.api.post(f"{desk.path}/imports", content=sheet({})), 201)
    monkeypatch.setattr(imports, "_CLAIM", imports._CLAIM.replace("FOR UPDATE SKIP LOCKED", ""))
    await asyncio.gather(*(import_run.work_on(mall, UUID(queued["id"])) for _ in range(5)), return_exceptions=True)
    assert (await db.fetch_value("SELECT attempts FROM catalog_import WHERE id = $1", UUID(queued["id"]))) > 1


async def test_what_another_attempt_may_mend_is_tried_again(make_desk, mall, monkeypatch):
    """A deadlock leaves the file where it is, five times; then the import has failed and nothing was imported."""
    desk = await make_desk()
    queued = ok(await desk.api.post(f"{desk.path}/imports", content=sheet({})), 201)

    async def deadlock():
        raise asyncpg.DeadlockDetectedError("deadlock")

    monkeypatch.setattr(import_writing, "_write_axes", deadlock)
    for _ in range(import_run.MAX_ATTEMPTS):
        with pytest.raises(asyncpg.DeadlockDetectedError):
            await import_run.work_on(mall, UUID(queued["id"]))
    assert await import_run.work_on(mall, UUID(queued["id"])) is True
    view = ok(await desk.api.get(f"{desk.path}/imports/{queued['id']}"))
    assert (view["state"], view["report"][0]["code"]) == ("failed", "import_failed")
    await nothing_is_there(desk)


async def test_a_defect_fails_the_import_and_not_the_sweep(make_desk, mall, monkeypatch):
    """An unexpected error ends in the state failed; the next file is worked on."""
    desk = await make_desk()
    queued = ok(await desk.api.post(f"{desk.path}/imports", content=sheet({})), 201)

    async def break_down():
        raise ZeroDivisionError

    monkeypatch.setattr(import_writing, "_write_axes", break_down)
    assert await import_run.work_on(mall, UUID(queued["id"])) is True
    assert ok(await desk.api.get(f"{desk.path}/imports/{queued['id']}"))["state"] == "failed"
    await nothing_is_there(desk)


async def test_a_file_is_handed_in_once_for_one_key(make_desk):
    """A repeated request with the same key answers the first import."""
    desk = await make_desk()
    first, again = [await desk.api.post(f"{desk.path}/imports", content=sheet({}), key="k") for _ in range(2)]
    assert ok(first, 201) == ok(again, 201)
    assert len(ok(await desk.api.get(f"{desk.path}/imports"))["items"]) == 1


async def test_importing_needs_every_right_that_a_file_uses(make_desk, make_member, make_person, api):
    """catalog.write alone is not enough, since a file sets prices and stock; strangers get nothing."""
    desk, other = await make_desk(), await make_desk()
    imported = ok(await desk.api.post(f"{desk.path}/imports", content=sheet({})), 201)
    for rights in (["catalog.write"], ["catalog.write", "prices.write"], ["prices.write", "stock.write"]):
        member = api.acting_as(await make_member(desk.shop, *rights))
        problem(await member.post(f"{desk.path}/imports", content=sheet({})), 403, "forbidden")
    able = api.acting_as(await make_member(desk.shop, "catalog.write", "prices.write", "stock.write"))
    ok(await able.post(f"{desk.path}/imports", content=sheet({})), 201)
    for path in ("imports", f"imports/{imported['id']}", f"imports/{imported['id']}/report", "export"):
        problem(await api.get(f"{desk.path}/{path}"), 401, "unauthenticated")
        problem(await other.api.get(f"{desk.path}/{path}"), 403, "forbidden")
    problem(await other.api.get(f"{other.path}/imports/{imported['id']}"), 404, "import_not_found")
    problem(await other.api.get(f"{other.path}/imports/{imported['id']}/report"), 404, "import_not_found")


async def test_a_long_report_comes_in_pages(make_desk, bring):
    """The view shows the first hundred lines, the report all of them."""
    desk = await make_desk()
    done = await bring(desk, sheet(*({"price": "x"} for _ in range(130))))
    assert (len(done["report"]), done["rows_bad"]) == (100, 130)
    rows, cursor = [], None
    while True:
        params = {"limit": 60} | ({"cursor": cursor} if cursor else {})
        page = ok(await desk.api.get(f"{desk.path}/imports/{done['id']}/report", params=params))
        rows += [line["row"] for line in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert rows == list(range(2, 132))


async def test_a_file_of_bad_rows_shows_progress_too(make_desk, mall, monkeypatch):
    """`rows_total` grows with every row that is read, good or bad."""
    monkeypatch.setattr(import_run, "AT_ONCE", 2)
    desk, seen = await make_desk(), []
    row = await imports.enqueue(mall, desk.shop.id, None, sheet(*({"price": "x"} for _ in range(5))).encode())
    await import_run.work_on(mall, row.id, lambda total, done: seen.append((total, done)))
    assert seen == [(2, 0), (4, 0)]


async def test_old_reports_are_forgotten(make_desk, bring, mall, clock):
    """After ninety days an import that has ended is gone with its report; one that waits stays."""
    desk = await make_desk()
    done = await bring(desk, sheet({"price": "x"}))
    await imports.enqueue(mall, desk.shop.id, None, sheet({}).encode())
    clock.move(timedelta(days=89))
    await imports.purge(mall)
    assert len(await imports.page(desk.shop.id, None, 10)) == 2
    clock.move(timedelta(days=2))
    await imports.purge(mall)
    assert [row.state for row in await imports.page(desk.shop.id, None, 10)] == ["queued"]
    assert await imports.report(desk.shop.id, UUID(done["id"]), None, 10) == []


async def test_a_code_that_somebody_else_takes_meanwhile_is_found_by_the_next_attempt(make_desk, mall, monkeypatch):
    """A product that staff make between plan and writing stops the attempt; the next one updates that product."""
    desk = await make_desk()
    row = await imports.enqueue(mall, desk.shop.id, None, sheet({"price": "5"}).encode())
    write = import_run.write

    async def interrupted(*args):
        body = {"code": "p1", "name": {"en": "First"}, "skus": [{"code": "p1-1", "price": 1999}]}
        await asyncio.create_task(fresh(desk.api.post(f"{desk.path}/products", body), 201), context=CLEAN)
        await write(*args)

    with monkeypatch.context() as patch:
        patch.setattr(import_run, "write", interrupted)
        with pytest.raises(asyncpg.UniqueViolationError):
            await import_run.work_on(mall, row.id)
    assert await import_run.work_on(mall, row.id)
    assert (await imports.find(desk.shop.id, row.id)).skus_changed == 1
    assert (await product(desk))["price"]["amount"] == 500
