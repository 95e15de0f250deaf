"""What rows may not say together, or to what the store has already: set by set, one fault for a row."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from ..storage import db
from .csv_rows import Fault


class _Check(NamedTuple):
    """`sql` gives the rows (`row`, and `field` where it varies) that break a rule; it may use $1, the store,
    and $2, its default warehouse."""

    code: str
    field: str
    detail: str
    sql: str


_DIFFERING = """
WITH first AS (
  SELECT product_code, MIN(name_zh) AS name_zh, MIN(name_en) AS name_en, MIN(brand) AS brand, MIN(category) AS category,
    MIN(status) AS status, MIN(description_zh) AS description_zh, MIN(description_en) AS description_en
  FROM catalog_import_row GROUP BY product_code
  HAVING COUNT(*) > 1 AND (COUNT(DISTINCT name_zh) > 1 OR COUNT(DISTINCT name_en) > 1 OR COUNT(DISTINCT brand) > 1
    OR COUNT(DISTINCT category) > 1 OR COUNT(DISTINCT status) > 1 OR COUNT(DISTINCT description_zh) > 1
    OR COUNT(DISTINCT description_en) > 1)
)
SELECT DISTINCT ON (s.row) s.row, v.field
FROM first f JOIN catalog_import_row s USING (product_code)
CROSS JOIN LATERAL (VALUES ('name_zh', s.name_zh), ('name_en', s.name_en), ('brand', s.brand),
  ('category', s.category), ('status', s.status), ('description_zh', s.description_zh),
  ('description_en', s.description_en)) AS v (field, text)
CROSS JOIN LATERAL (
  SELECT to_jsonb(e) ->> v.field AS text FROM catalog_import_row e
  WHERE e.product_code = s.product_code AND to_jsonb(e) ->> v.field IS NOT NULL ORDER BY e.row LIMIT 1
) AS earliest
WHERE v.text <> earliest.text ORDER BY s.row
"""
_OPTIONS = """
WITH named AS (
  SELECT row, product_id, ARRAY(SELECT jsonb_object_keys(options) ORDER BY 1) AS names FROM catalog_import_sku
), firsts AS (
  SELECT DISTINCT ON (product_id) product_id, names FROM named ORDER BY product_id, row
), others AS (
  SELECT k.product_id, ARRAY(SELECT jsonb_object_keys(k.options) ORDER BY 1) AS names
  FROM catalog_import_product q JOIN sku k ON k.product_id = q.product_id AND k.active
  WHERE NOT EXISTS (SELECT FROM catalog_import_sku t WHERE t.sku_id = k.id)
)
SELECT n.row FROM named n JOIN firsts f USING (product_id) WHERE n.names <> f.names
UNION
SELECT n.row FROM named n JOIN others o USING (product_id) WHERE n.names <> o.names
ORDER BY row
"""
_SAME_OPTIONS = """
SELECT row FROM (
  SELECT row, row_number() OVER (PARTITION BY product_id, options ORDER BY row) AS turn FROM catalog_import_sku
) AS counted WHERE turn > 1
UNION
SELECT s.row FROM catalog_import_sku s
JOIN sku k ON k.product_id = s.product_id AND k.active AND k.options = s.options AND k.id <> s.sku_id
WHERE NOT EXISTS (SELECT FROM catalog_import_sku t WHERE t.sku_id = k.id)
ORDER BY row
"""
_ROW_CHECKS = (
    _Check("duplicate_sku", "sku_code", "The file has this SKU already.", """
        SELECT row FROM (
          SELECT row, row_number() OVER (PARTITION BY sku_code ORDER BY row) AS turn FROM catalog_import_row
        ) AS counted WHERE turn > 1 ORDER BY row"""),
    _Check("product_mismatch", "", "An earlier row of the product says something else.", _DIFFERING),
)  # fmt: skip
_PLAN_CHECKS = (
    _Check("sku_code_taken", "sku_code", "The SKU belongs to another product.", """
        SELECT row FROM catalog_import_sku WHERE old_product_id <> product_id ORDER BY row"""),
    _Check("required", "name_zh", "A new product needs a name.", """
        SELECT row FROM catalog_import_product WHERE name = '{}' ORDER BY row"""),
    _Check("required", "price", "A new SKU needs a price.", """
        SELECT row FROM catalog_import_sku WHERE price IS NULL ORDER BY row"""),
    _Check("minimum_price_above_price", "minimum_price", "The minimum price is above the price.", """
        SELECT row FROM catalog_import_sku WHERE minimum_price > price ORDER BY row"""),
    _Check("status_not_allowed", "status", "What has been on sale does not become a draft again.", """
        SELECT row FROM catalog_import_product WHERE state = 'draft' AND old_state <> 'draft' ORDER BY row"""),
    _Check("options_mismatch", "options", "The SKUs of a product differ by the same options.", _OPTIONS),
    _Check("options_taken", "options", "Another SKU of the product has the same options.", _SAME_OPTIONS),
    _Check("no_warehouse", "stock", "The store has no default warehouse.", """
        SELECT row FROM catalog_import_sku WHERE stock IS NOT NULL AND $2::uuid IS NULL AND $1::uuid IS NOT NULL"""),
    _Check("stock_below_held", "stock", "Orders hold more units than that.", """
        SELECT s.row FROM catalog_import_sku s JOIN stock_level l ON l.sku_id = s.sku_id AND l.location_id = $2
        WHERE s.stock < l.held AND l.store_id = $1 ORDER BY s.row"""),
)  # fmt: skip


async def row_faults(known: Collection[int]) -> list[Fault]:
    """Faults among the staged rows alone, for rows that are not in `known`."""
    return await _run(_ROW_CHECKS, known)


async def plan_faults(known: Collection[int], store_id: UUID, warehouse: UUID | None) -> list[Fault]:
    """Faults of the plan, for rows that are not in `known`."""
    return await _run(_PLAN_CHECKS, known, store_id, warehouse)


async def _run(checks: Collection[_Check], known: Collection[int], *args: object) -> list[Fault]:
    found: dict[int, Fault] = {}
    for check in checks:
        used = [value for number, value in enumerate(args, 1) if f"${number}" in check.sql]
        for record in await db.fetch(check.sql, *used):
            row, field = record["row"], record.get("field", check.field)
            if row not in known:
                found.setdefault(row, Fault(row, field, check.code, check.detail))
    return list(found.values())
