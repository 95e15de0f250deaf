"""Changes to single SKUs of a product: adding, editing, deactivating, and prices under a revision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec.structs import replace

from ..errors import Invalid
from ..mall import Mall
from ..storage import db
from ..stores.queries import StoreRow
from . import products, skus
from .options import combination_faults
from .problems import LastActiveSku, PriceChanged, SkuNotFound, refusing
from .products import ProductRow
from .skus import NewSku, SkuRow

_UPDATE = """
UPDATE sku SET code = $4, barcode = $5, options = $6, cost = $7, weight_grams = $8, position = $9, active = $10,
  updated_at = $11
WHERE id = $1 AND store_id = $2 AND product_id = $3
"""
_PRICE = """
UPDATE sku SET price = $4, minimum_price = $5, price_revision = price_revision + 1, updated_at = $6
WHERE id = $1 AND store_id = $2 AND product_id = $3 AND price_revision = $7
"""


@db.atomic
async def add(mall: Mall, store: StoreRow, product_id: UUID, new: NewSku) -> UUID:
    """Add a SKU; return its id. Raises ProductNotFound, SkuCodeTaken, Invalid with field errors."""
    product = await products.lock(store.id, product_id)
    if new.minimum_price > new.price:
        raise _above()
    if new.active:
        _require_fit(product, await skus.of_product(product_id), new.options)
    [sku_id] = await skus.insert(mall, store, product_id, [new])
    await products.touch(mall, store.id, product_id)
    return sku_id


@db.atomic
async def edit(mall: Mall, store_id: UUID, product_id: UUID, sku_id: UUID, version: int, **changes: Any) -> None:
    """Set the fields that are given, `active` among them, at a version of the product.

    Raises ProductNotFound, SkuNotFound, PreconditionFailed, SkuCodeTaken, LastActiveSku, Invalid with field errors.
    """
    product = await products.lock_version(store_id, product_id, version)
    found = await skus.of_product(product_id)
    sku = replace(_known(found, sku_id), **changes)
    others = [other for other in found if other.id != sku_id]
    if sku.active:
        _require_fit(product, others, sku.options)
    elif product.state == "on_sale" and not any(other.active for other in others):
        raise LastActiveSku
    async with refusing(skus.TAKEN):
        await db.execute(_UPDATE, sku_id, store_id, product_id, *_values(sku), mall.now())
    await skus.settle_prices(mall, product_id)
    await products.touch(mall, store_id, product_id)


@db.atomic
async def set_price(
    mall: Mall,
    store_id: UUID,
    product_id: UUID,
    sku_id: UUID,
    *,
    price: int,
    minimum_price: int | None = None,
    expected_revision: int | None = None,
) -> None:
    """Set the price, and the minimum price if given; the revision grows when either is another than before.

    The product's lowest and highest price follow. Raises ProductNotFound, SkuNotFound, PriceChanged when the
    revision is not the expected one, Invalid (`minimum_price_above_price`).
    """
    await products.lock(store_id, product_id)
    sku = _known(await skus.of_product(product_id), sku_id)
    lowest = sku.minimum_price if minimum_price is None else minimum_price
    if expected_revision not in (None, sku.price_revision):
        raise PriceChanged(price_revision=sku.price_revision)
    if lowest > price:
        raise _above()
    if (sku.price, sku.minimum_price) == (price, lowest):
        return
    if not await db.execute(
        _PRICE, sku_id, store_id, product_id, price, lowest, mall.now(), sku.price_revision
    ):  # pragma: no cover  the product's lock keeps others out
        raise PriceChanged
    await skus.settle_prices(mall, product_id)


def _known(found: list[SkuRow], sku_id: UUID) -> SkuRow:
    sku = next((sku for sku in found if sku.id == sku_id), None)
    if sku is None:
        raise SkuNotFound
    return sku


def _require_fit(product: ProductRow, others: list[SkuRow], options: dict[str, str]) -> None:
    variants = [*(("", other.options) for other in others if other.active), ("options", options)]
    faults = [fault for fault in combination_faults(product.options, variants) if fault["path"]]
    if faults:
        raise Invalid(errors=faults, code=faults[0]["code"])


def _above() -> Invalid:
    error = {"path": "minimum_price", "code": "minimum_price_above_price", "detail": skus.ABOVE}
    return Invalid(skus.ABOVE, code="minimum_price_above_price", errors=[error])


def _values(sku: SkuRow) -> tuple[Any, ...]:
    return sku.code, sku.barcode, sku.options, sku.cost, sku.weight_grams, sku.position, sku.active
