"""What other domains read of the catalog: SKUs as they can be sold now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..storage import db


class Sellable(Struct, frozen=True, kw_only=True):
    """A SKU with what a price and an order line need of its product.

    Amounts are minor units of the store's currency. `state` is the product's, `active` the SKU's:
    it can be bought when they are `on_sale` and true. `image_url` is '' without an image.
    """

    sku_id: UUID
    product_id: UUID
    store_id: UUID
    sku_code: str
    name: Mapping[str, str]
    options: Mapping[str, str]
    price: int
    price_revision: int
    minimum_price: int
    weight_grams: int
    state: str
    active: bool
    category_id: UUID | None
    brand_id: UUID | None
    store_category_ids: list[UUID]
    image_url: str
    extra: Mapping[str, Any]


_SELLABLE = """
SELECT k.id AS sku_id, k.product_id, k.store_id, k.code AS sku_code, p.name, k.options, k.price, k.price_revision,
  k.minimum_price, k.weight_grams, p.state, k.active, p.category_id, p.brand_id, p.store_category_ids,
  COALESCE(p.image_urls ->> 0, '') AS image_url, p.extra
FROM sku k JOIN product p ON p.id = k.product_id
WHERE k.id = ANY ($1::uuid[])
"""
_CHANGED = """
SELECT DISTINCT w.sku_id
FROM unnest($1::uuid[], $2::bigint[]) AS w (sku_id, revision)
LEFT JOIN (sku k JOIN product p ON p.id = k.product_id AND p.state = 'on_sale') ON k.id = w.sku_id AND k.active
WHERE k.price_revision IS DISTINCT FROM w.revision
"""


async def sellable(sku_ids: Sequence[UUID]) -> dict[UUID, Sellable]:
    """The SKUs that exist, on sale or not, by id; of any store."""
    return {row.sku_id: row for row in await db.rows(Sellable, _SELLABLE, list(sku_ids))}


async def changed_prices(pairs: Sequence[tuple[UUID, int]]) -> set[UUID]:
    """Of (SKU, price revision) pairs, the SKUs that are at another revision by now, or not on sale any more."""
    skus, revisions = [sku for sku, _ in pairs], [revision for _, revision in pairs]
    return {row["sku_id"] for row in await db.fetch(_CHANGED, skus, revisions)}
