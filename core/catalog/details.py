"""One product as a shopper sees it, in two statements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from ..storage import db
from ..stores.queries import StoreRow
from .options import Axis
from .problems import ProductNotFound


class Named(Struct, frozen=True, kw_only=True):
    """A brand, or a category of a path."""

    id: UUID
    slug: str
    name: dict[str, str]
    logo_url: str = ""


class ShownProduct(Struct, frozen=True, kw_only=True):
    """`categories` is the path in the platform's tree, from the root."""

    id: UUID
    name: dict[str, str]
    description: dict[str, str]
    options: list[Axis]
    image_urls: list[str]
    store_category_ids: list[UUID]
    min_price: int
    max_price: int
    sold: int
    on_sale_at: datetime
    extra: dict[str, Any]
    brand: Named | None
    categories: list[Named]


class ShownSku(Struct, frozen=True, kw_only=True):
    """A SKU without what is none of a shopper's business. `in_stock`: at the store's default warehouse."""

    id: UUID
    code: str
    barcode: str
    options: Mapping[str, str]
    price: int
    weight_grams: int
    in_stock: bool


_PRODUCT = """
SELECT p.id, p.name, p.description, p.options, p.image_urls, p.store_category_ids, p.min_price, p.max_price, p.sold,
  p.on_sale_at, p.extra, (
    SELECT jsonb_build_object('id', b.id, 'slug', b.slug, 'name', b.name, 'logo_url', b.logo_url)
    FROM brand b WHERE b.id = p.brand_id
  ) AS brand, COALESCE((
    WITH RECURSIVE above AS (
      SELECT c.id, c.parent_id, c.slug, c.name, 0 AS height FROM category c WHERE c.id = p.category_id
      UNION ALL
      SELECT c.id, c.parent_id, c.slug, c.name, a.height + 1 FROM category c JOIN above a ON a.parent_id = c.id
    ) SELECT jsonb_agg(jsonb_build_object('id', id, 'slug', slug, 'name', name) ORDER BY height DESC) FROM above
  ), '[]') AS categories
FROM product p JOIN store s ON s.id = p.store_id
WHERE p.store_id = $1 AND p.id = $2 AND p.state = 'on_sale' AND s.state = 'open'
"""
_SKUS = """
SELECT k.id, k.code, k.barcode, k.options, k.price, k.weight_grams, COALESCE(l.on_hand > l.held, false) AS in_stock
FROM sku k LEFT JOIN stock_level l ON l.sku_id = k.id AND l.location_id = $3
WHERE k.store_id = $1 AND k.product_id = $2 AND k.active ORDER BY k.position, k.id
"""


async def shown(store: StoreRow, product_id: UUID) -> tuple[ShownProduct, list[ShownSku]]:
    """Raises ProductNotFound unless the product is on sale in an open store."""
    record = await db.fetch_row(_PRODUCT, store.id, product_id)
    if record is None:
        raise ProductNotFound
    skus = await db.rows(ShownSku, _SKUS, store.id, product_id, store.default_location_id)
    return msgspec.convert(dict(record), ShownProduct), skus
