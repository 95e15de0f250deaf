"""Carrying out a plan, in the importing transaction: only what differs from what is there is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from ..inventory import service as inventory
from ..storage import db
from .options import Axis, extended

AT_ONCE = 4000
"""SKUs in one statement."""

PRODUCTS_AT_ONCE = 1000
"""Products whose axes are looked at together."""

_NEW_PRODUCTS = """
INSERT INTO product (id, store_id, code, name, description, brand_id, category_id, store_category_ids, options,
  image_urls, extra, state, min_price, max_price, sold, version, created_at, updated_at, on_sale_at)
SELECT product_id, $1, code, name, description, brand_id, NULL, store_category_ids, '[]', '[]', '{}', state, lowest,
  highest, 0, 1, $2, $2, CASE WHEN state = 'on_sale' THEN $2::timestamptz END
FROM catalog_import_product WHERE is_new ORDER BY product_id
"""
_CHANGED_PRODUCTS = """
UPDATE product p SET name = q.name, description = q.description, brand_id = q.brand_id, state = q.state,
  store_category_ids = q.store_category_ids, version = p.version + 1, updated_at = $1,
  on_sale_at = CASE WHEN q.state = 'on_sale' THEN COALESCE(p.on_sale_at, $1::timestamptz) ELSE p.on_sale_at END
FROM catalog_import_product q WHERE q.changed AND p.id = q.product_id
"""
_NEW_SKUS = """
INSERT INTO sku (id, store_id, product_id, code, barcode, options, price, price_revision, minimum_price, cost,
  weight_grams, position, active, created_at, updated_at)
SELECT s.sku_id, $1, s.product_id, s.code, s.barcode, s.options, s.price, 1, s.minimum_price, s.cost, s.weight_grams,
  s.in_product + CASE WHEN q.is_new THEN -1
    ELSE COALESCE((SELECT MAX(k.position) FROM sku k WHERE k.product_id = s.product_id), -1) END,
  true, $2, $2
FROM catalog_import_sku s JOIN catalog_import_product q USING (product_id)
WHERE s.is_new AND s.place > $3 AND s.place <= $4
"""
_CHANGED_SKUS = """
UPDATE sku k SET barcode = s.barcode, options = s.options, price = s.price, minimum_price = s.minimum_price,
  price_revision = k.price_revision + s.repriced::int, cost = s.cost, weight_grams = s.weight_grams, active = true,
  updated_at = $1
FROM catalog_import_sku s
WHERE k.id = s.sku_id AND (s.repriced OR s.changed) AND NOT s.is_new AND s.place > $2 AND s.place <= $3
"""
_STOCK = """
SELECT s.sku_id, s.stock FROM catalog_import_sku s
LEFT JOIN stock_level l ON l.sku_id = s.sku_id AND l.location_id = $1
WHERE s.stock IS NOT NULL AND s.stock IS DISTINCT FROM l.on_hand AND s.place > $2 AND s.place <= $3
ORDER BY s.place
"""
_UNCOUNTED = """
SELECT sku_id FROM catalog_import_sku
WHERE is_new AND stock IS NULL AND place > $1 AND place <= $2 ORDER BY place
"""
_PRICES = """
UPDATE product p SET min_price = x.lowest, max_price = x.highest, updated_at = $1
FROM (
  SELECT k.product_id, MIN(k.price) AS lowest, MAX(k.price) AS highest
  FROM catalog_import_product q JOIN sku k ON k.product_id = q.product_id AND k.active
  WHERE NOT q.is_new GROUP BY k.product_id
) x
WHERE p.id = x.product_id AND (p.min_price, p.max_price) <> (x.lowest, x.highest)
"""
_HAS_OPTIONS = "SELECT EXISTS (SELECT FROM catalog_import_sku WHERE options <> '{}')"
_AXES = """
SELECT q.product_id AS id, p.options AS axes,
  array_agg(COALESCE(s.written_options, k.options::text) ORDER BY k.position, k.id) FILTER (WHERE k.options <> '{}')
    AS variants
FROM (
  SELECT product_id FROM catalog_import_product
  WHERE (is_new OR changed) AND product_id > $1 ORDER BY product_id LIMIT $2
) q
JOIN product p ON p.id = q.product_id JOIN sku k ON k.product_id = p.id AND k.active
LEFT JOIN catalog_import_sku s ON s.sku_id = k.id
GROUP BY q.product_id, p.options ORDER BY q.product_id
"""
_PUT_AXES = """
UPDATE product p SET options = a.axes FROM unnest($1::uuid[], $2::jsonb[]) AS a (id, axes) WHERE p.id = a.id
"""


class Importing(Struct, frozen=True, kw_only=True):
    """Who imports into which store; `warehouse` None: the store has none, and no row has stock."""

    store_id: UUID
    warehouse: UUID | None
    cause: UUID
    actor_id: UUID | None
    now: datetime


async def write(importing: Importing, total: int, progress: Callable[[int], Awaitable[None]]) -> None:
    """Write the plan of `total` SKUs; `progress` is told how many are done. Raises StockBelowHeld."""
    await db.execute(_NEW_PRODUCTS, importing.store_id, importing.now)
    await db.execute(_CHANGED_PRODUCTS, importing.now)
    for done in range(0, total, AT_ONCE):
        await _write_skus(importing, done, done + AT_ONCE)
        await progress(min(total, done + AT_ONCE))
    await db.execute(_PRICES, importing.now)
    await _write_axes()


async def _write_skus(importing: Importing, after: int, until: int) -> None:
    await db.execute(_NEW_SKUS, importing.store_id, importing.now, after, until)
    await db.execute(_CHANGED_SKUS, importing.now, after, until)
    if importing.warehouse is not None:
        await _write_stock(importing, importing.warehouse, after, until)


async def _write_stock(importing: Importing, warehouse: UUID, after: int, until: int) -> None:
    counted = await db.fetch(_STOCK, warehouse, after, until)
    if counted:
        await inventory.put_on_hand(
            importing.store_id,
            [(row["sku_id"], warehouse, row["stock"]) for row in counted],
            cause=importing.cause,
            actor_id=importing.actor_id,
            now=importing.now,
        )
    uncounted = [row["sku_id"] for row in await db.fetch(_UNCOUNTED, after, until)]
    if uncounted:
        await inventory.open_levels(importing.store_id, uncounted, warehouse, importing.now)


async def _write_axes() -> None:
    """Give the products whose SKUs have changed the axes and values that these have by now."""
    last = UUID(int=0) if await db.fetch_value(_HAS_OPTIONS) else None
    while last is not None:
        rows = await db.fetch(_AXES, last, PRODUCTS_AT_ONCE)
        last = rows[-1]["id"] if rows else None
        changed = [(row["id"], axes) for row in rows if (axes := _axes(row["axes"], row["variants"])) is not None]
        await db.execute(_PUT_AXES, [identity for identity, _ in changed], [_encoded(axes) for _, axes in changed])


def _axes(before: object, variants: list[str] | None) -> list[Axis] | None:
    if not variants:
        return None
    known = msgspec.convert(before, list[Axis])
    after = extended(known, [msgspec.json.decode(text, type=dict[str, str]) for text in variants])
    return None if after == known else after


def _encoded(axes: list[Axis]) -> str:
    # A list inside an array parameter would be taken for a further dimension of the array.
    return msgspec.json.encode(axes).decode()
