"""The rows of a file in a table of the importing transaction, gone with it. Memory stays flat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..ids import new_id
from ..storage import db
from .csv_rows import CatalogRow

_CREATE = """
CREATE TEMP TABLE catalog_import_row (
  row int NOT NULL, product_code text NOT NULL, name_zh text, name_en text, brand text, category text,
  sku_code text NOT NULL, barcode text, options text, price bigint, minimum_price bigint, cost bigint,
  weight_grams int, stock int, status text, description_zh text, description_en text,
  new_product_id uuid NOT NULL, new_sku_id uuid NOT NULL
) ON COMMIT DROP
"""
_COLUMNS = (*CatalogRow._fields, "new_product_id", "new_sku_id")


async def open_stage() -> None:
    await db.execute(_CREATE)


async def stage(rows: Sequence[CatalogRow]) -> None:
    """Add rows, each with ids for the product and the SKU that it may turn out to make."""
    async with db.connection() as link:
        await link.copy_records_to_table("catalog_import_row", records=map(_record, rows), columns=_COLUMNS)


async def settle() -> None:
    """Nothing is added any more: find rows by product, and tell the planner what is there."""
    await db.execute("CREATE INDEX ON catalog_import_row (product_code)")
    await db.execute("ANALYZE catalog_import_row")


async def brands() -> list[str]:
    """The brands that rows name."""
    return [row["brand"] for row in await db.fetch("SELECT DISTINCT brand FROM catalog_import_row WHERE brand <> ''")]


async def paths() -> list[str]:
    """The paths of categories that rows name."""
    found = await db.fetch("SELECT DISTINCT category FROM catalog_import_row WHERE category <> ''")
    return [row["category"] for row in found]


def _record(row: CatalogRow) -> tuple[Any, ...]:
    options = None if row.options is None else msgspec.json.encode(row.options).decode()
    return (*row._replace(options=options), new_id(), new_id())  # type: ignore[arg-type]  # text in its column
