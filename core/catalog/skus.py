"""SKUs as staff keep them. Whoever writes one has locked its product first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ..ids import new_id
from ..inventory import service as inventory
from ..mall import Mall
from ..storage import db
from ..stores.queries import StoreRow
from .problems import SkuCodeTaken, refusing

TAKEN = {"sku_code": SkuCodeTaken}


class SkuRow(Struct, frozen=True, kw_only=True):
    """A variant; amounts are minor units of the store's currency."""

    id: UUID
    product_id: UUID
    code: str
    barcode: str
    options: dict[str, str]
    price: int
    price_revision: int
    minimum_price: int
    cost: int | None
    weight_grams: int
    position: int
    active: bool
    created_at: datetime
    updated_at: datetime


class NewSku(Struct, frozen=True, kw_only=True):
    """A variant to be made."""

    code: str
    price: int
    barcode: str = ""
    options: dict[str, str]
    minimum_price: int = 0
    cost: int | None = None
    weight_grams: int = 0
    active: bool = True


_OF_PRODUCT = """
SELECT id, product_id, code, barcode, options, price, price_revision, minimum_price, cost, weight_grams, position,
  active, created_at, updated_at
FROM sku WHERE product_id = $1 ORDER BY position, id
"""
_INSERT = """
INSERT INTO sku (id, store_id, product_id, code, barcode, options, price, price_revision, minimum_price, cost,
  weight_grams, position, active, created_at, updated_at)
SELECT n.id, $1, $2, n.code, n.barcode, n.options, n.price, 1, n.minimum_price, n.cost, n.weight_grams,
  n.place + COALESCE((SELECT MAX(position) FROM sku WHERE product_id = $2), -1), n.active, $3, $3
FROM unnest($4::uuid[], $5::text[], $6::text[], $7::jsonb[], $8::bigint[], $9::bigint[], $10::bigint[], $11::int[],
  $12::bool[]) WITH ORDINALITY
  AS n (id, code, barcode, options, price, minimum_price, cost, weight_grams, active, place)
"""
_PRICES = """
UPDATE product p SET min_price = s.low, max_price = s.high, updated_at = $2
FROM (
  SELECT COALESCE(MIN(price), 0) AS low, COALESCE(MAX(price), 0) AS high FROM sku WHERE product_id = $1 AND active
) s
WHERE p.id = $1 AND (p.min_price, p.max_price) IS DISTINCT FROM (s.low, s.high)
"""


async def of_product(product_id: UUID) -> list[SkuRow]:
    """Every SKU of a product, active or not, in their order."""
    return await db.rows(SkuRow, _OF_PRODUCT, product_id)


async def insert(mall: Mall, store: StoreRow, product_id: UUID, new: Sequence[NewSku]) -> list[UUID]:
    """Add SKUs after those that are there, with a stock level at the default warehouse. Raises SkuCodeTaken."""
    ids = [new_id() for _ in new]
    async with refusing(TAKEN):
        await db.execute(
            _INSERT, store.id, product_id, mall.now(), ids, [sku.code for sku in new], [sku.barcode for sku in new],
            [sku.options for sku in new], [sku.price for sku in new], [sku.minimum_price for sku in new],
            [sku.cost for sku in new], [sku.weight_grams for sku in new], [sku.active for sku in new],
        )  # fmt: skip
    await settle_prices(mall, product_id)
    if store.default_location_id is not None:
        await inventory.open_levels(store.id, ids, store.default_location_id, mall.now())
    return ids


async def settle_prices(mall: Mall, product_id: UUID) -> None:
    """Make the product's lowest and highest price those of its active SKUs."""
    await db.execute(_PRICES, product_id, mall.now())


def price_faults(new: Sequence[NewSku]) -> list[dict[str, str]]:
    """Minimum prices above prices, as field errors."""
    return [
        {"path": f"skus.{place}.minimum_price", "code": "minimum_price_above_price", "detail": ABOVE}
        for place, sku in enumerate(new)
        if sku.minimum_price > sku.price
    ]


ABOVE = "The minimum price is above the price."
