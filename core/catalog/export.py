"""A store's catalog as CSV, page by page, in the form that the import reads: importing it again changes nothing.

One row for each active SKU. A product without one is not in the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping
from uuid import UUID

from msgspec import Struct

from .. import money
from ..http.locale import text_of
from ..storage import db
from ..stores.queries import StoreRow
from . import categories
from . import csv_format as form
from .trees import CategoryRow

AT_ONCE = 1000
"""SKUs in one statement."""


class ExportedSku(Struct, frozen=True, kw_only=True):
    """What a row is written from."""

    product_id: UUID
    sku_id: UUID
    position: int
    product_code: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    brand_slug: str | None
    brand_name: Mapping[str, str] | None
    store_category_ids: list[UUID]
    sku_code: str
    barcode: str
    options: Mapping[str, str]
    price: int
    minimum_price: int
    cost: int | None
    weight_grams: int
    stock: int | None
    status: str


_PAGE = """
SELECT p.id AS product_id, k.id AS sku_id, k.position, p.code AS product_code, p.name, p.description,
  b.slug AS brand_slug, b.name AS brand_name, p.store_category_ids, k.code AS sku_code, k.barcode, k.options,
  k.price, k.minimum_price, k.cost, k.weight_grams, l.on_hand AS stock, p.state AS status
FROM product p JOIN sku k ON k.product_id = p.id AND k.active
LEFT JOIN brand b ON b.id = p.brand_id
LEFT JOIN stock_level l ON l.sku_id = k.id AND l.location_id = $2
WHERE p.store_id = $1 AND p.id >= $3 AND (p.id, k.position, k.id) > ($3, $4, $5)
ORDER BY p.id, k.position, k.id LIMIT $6
"""
_FIRST = (UUID(int=0), -(2**31), UUID(int=0))


async def exported(store: StoreRow) -> AsyncIterator[str]:
    """The file's text in parts, the header first. Reads a page at a time, so changes meanwhile may be seen in part."""
    paths = _paths(await categories.tree(store.id), store.locale)
    yield _csv([form.COLUMNS])
    after = _FIRST
    while rows := await db.rows(ExportedSku, _PAGE, store.id, store.default_location_id, *after, AT_ONCE):
        yield _csv(_cells(row, store, paths) for row in rows)
        last = rows[-1]
        after = (last.product_id, last.position, last.sku_id)


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _cells(row: ExportedSku, store: StoreRow, paths: Mapping[UUID, str]) -> list[str]:
    cells = {
        "product_code": row.product_code,
        **{f"name_{ending}": row.name.get(tag, "") for ending, tag in form.LANGUAGES.items()},
        **{f"description_{ending}": row.description.get(tag, "") for ending, tag in form.LANGUAGES.items()},
        "brand": _brand(row, store.locale),
        "category": paths.get(row.store_category_ids[0], "") if row.store_category_ids else "",
        "sku_code": row.sku_code,
        "barcode": row.barcode,
        "options": form.write_options(row.options),
        "price": money.to_major(row.price, store.currency),
        "minimum_price": money.to_major(row.minimum_price, store.currency),
        "cost": "" if row.cost is None else money.to_major(row.cost, store.currency),
        "weight_grams": str(row.weight_grams),
        "stock": "" if row.stock is None else str(row.stock),
        "status": row.status,
    }
    return [form.guarded(cells[column]) for column in form.COLUMNS]


def _brand(row: ExportedSku, locale: str) -> str:
    return form.write_name(text_of(row.brand_name or {}, locale), row.brand_slug) if row.brand_slug else ""


def _paths(rows: list[CategoryRow], locale: str) -> dict[UUID, str]:
    nodes = {row.id: row for row in rows}
    return {row.id: form.write_path(_names(row, nodes, locale)) for row in rows}


def _names(row: CategoryRow, nodes: Mapping[UUID, CategoryRow], locale: str) -> list[str]:
    above = [] if row.parent_id is None else _names(nodes[row.parent_id], nodes, locale)
    return [*above, form.write_name(text_of(row.name, locale), row.slug)]
