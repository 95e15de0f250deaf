"""What the rows of a file mean for the store as it is: products and SKUs with the values that they would get.

Empty cells leave what there is. The products are locked first, so that the plan holds until it is carried out.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from ..storage import db

_CREATE = (
    """
    CREATE TEMP TABLE catalog_import_product (
      product_id uuid NOT NULL, code text NOT NULL, row int NOT NULL, is_new bool NOT NULL, old_state text,
      state text NOT NULL, name jsonb NOT NULL, description jsonb NOT NULL, brand_id uuid,
      store_category_ids uuid[] NOT NULL, lowest bigint, highest bigint, changed bool NOT NULL
    ) ON COMMIT DROP
    """,
    """
    CREATE TEMP TABLE catalog_import_sku (
      row int NOT NULL, product_id uuid NOT NULL, sku_id uuid NOT NULL, is_new bool NOT NULL, old_product_id uuid,
      code text NOT NULL, barcode text NOT NULL, options jsonb NOT NULL, written_options text, price bigint,
      minimum_price bigint NOT NULL, cost bigint, weight_grams int NOT NULL, stock int, in_product int NOT NULL,
      repriced bool NOT NULL, changed bool NOT NULL, place bigint
    ) ON COMMIT DROP
    """,
)
_LOCK = """
SELECT count(*) FROM (
  SELECT p.id FROM product p WHERE p.store_id = $1 AND p.code IN (SELECT product_code FROM catalog_import_row)
  ORDER BY p.id FOR NO KEY UPDATE
) AS locked
"""
_PRODUCTS = """
INSERT INTO catalog_import_product
SELECT COALESCE(p.id, f.new_product_id), f.product_code, f.row, p.id IS NULL, p.state,
  COALESCE(f.status, p.state, 'draft'), n.name, n.description, COALESCE(b.id, p.brand_id), n.store_category_ids,
  f.lowest, f.highest,
  p.id IS NOT NULL AND (p.state, p.name, p.description, p.brand_id, p.store_category_ids) IS DISTINCT FROM
    (COALESCE(f.status, p.state), n.name, n.description, COALESCE(b.id, p.brand_id), n.store_category_ids)
FROM (
  SELECT product_code, MIN(row) AS row, (array_agg(new_product_id ORDER BY row))[1] AS new_product_id,
    MIN(name_zh) AS name_zh, MIN(name_en) AS name_en, MIN(brand) AS brand, MIN(category) AS category,
    MIN(status) AS status, MIN(description_zh) AS description_zh, MIN(description_en) AS description_en,
    MIN(price) AS lowest, MAX(price) AS highest
  FROM catalog_import_row GROUP BY product_code
) f
LEFT JOIN product p ON p.store_id = $1 AND p.code = f.product_code
LEFT JOIN unnest($2::text[], $3::uuid[]) AS b (name, id) ON b.name = f.brand
LEFT JOIN unnest($4::text[], $5::uuid[]) AS c (path, id) ON c.path = f.category
CROSS JOIN LATERAL (
  SELECT COALESCE(p.name, '{}')
      || jsonb_strip_nulls(jsonb_build_object('zh-CN', f.name_zh, 'en', f.name_en)) AS name,
    COALESCE(p.description, '{}')
      || jsonb_strip_nulls(jsonb_build_object('zh-CN', f.description_zh, 'en', f.description_en)) AS description,
    CASE WHEN c.id IS NULL OR c.id = ANY (p.store_category_ids) THEN COALESCE(p.store_category_ids, '{}')
      ELSE ARRAY[c.id] END AS store_category_ids
) n
"""
_SKUS = """
INSERT INTO catalog_import_sku
SELECT s.row, q.product_id, COALESCE(k.id, s.new_sku_id), k.id IS NULL, k.product_id, s.sku_code, n.barcode, n.options,
  s.options, n.price, n.minimum_price, n.cost, n.weight_grams, s.stock,
  row_number() OVER (PARTITION BY q.product_id ORDER BY s.row),
  k.id IS NOT NULL AND (k.price, k.minimum_price) IS DISTINCT FROM (n.price, n.minimum_price),
  k.id IS NOT NULL AND (k.barcode, k.options, k.cost, k.weight_grams, k.active) IS DISTINCT FROM
    (n.barcode, n.options, n.cost, n.weight_grams, true),
  row_number() OVER (ORDER BY COALESCE(k.id, s.new_sku_id))
FROM catalog_import_row s JOIN catalog_import_product q ON q.code = s.product_code
LEFT JOIN sku k ON k.store_id = $1 AND k.code = s.sku_code
CROSS JOIN LATERAL (
  SELECT COALESCE(s.barcode, k.barcode, '') AS barcode, COALESCE(s.options::jsonb, k.options, '{}') AS options,
    COALESCE(s.price, k.price) AS price, COALESCE(s.minimum_price, k.minimum_price, 0) AS minimum_price,
    COALESCE(s.cost, k.cost) AS cost, COALESCE(s.weight_grams, k.weight_grams, 0) AS weight_grams
) n
"""
_TOUCHED = """
UPDATE catalog_import_product q SET changed = true
WHERE NOT q.is_new AND NOT q.changed
  AND EXISTS (SELECT FROM catalog_import_sku s WHERE s.product_id = q.product_id AND (s.is_new OR s.changed))
"""
_INDEXES = (
    "CREATE INDEX ON catalog_import_sku (place)",
    "CREATE INDEX ON catalog_import_sku (sku_id)",
    "CREATE INDEX ON catalog_import_product (product_id)",
    "ANALYZE catalog_import_product",
    "ANALYZE catalog_import_sku",
)


async def draw(store_id: UUID, brands: Mapping[str, UUID], paths: Mapping[str, UUID]) -> None:
    """Make the plan for the staged rows; `brands` and `paths` say what names and paths stand for."""
    for statement in _CREATE:
        await db.execute(statement)
    await db.fetch_value(_LOCK, store_id)
    await db.execute(_PRODUCTS, store_id, list(brands), list(brands.values()), list(paths), list(paths.values()))
    await db.execute("ANALYZE catalog_import_product")
    await db.execute(_SKUS, store_id)
    await db.execute(_TOUCHED)
    for statement in _INDEXES:
        await db.execute(statement)


async def counts() -> tuple[int, int]:
    """How many SKUs the plan makes, and how many it changes."""
    row = await db.fetch_row(
        "SELECT COUNT(*) FILTER (WHERE is_new) AS made, COUNT(*) FILTER (WHERE repriced OR changed) AS changed "
        "FROM catalog_import_sku"
    )
    return (row["made"], row["changed"]) if row is not None else (0, 0)
