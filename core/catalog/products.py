"""Products as staff keep them: made with their SKUs, edited under a version, put on sale and taken off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import Invalid, PreconditionFailed
from ..ids import new_id
from ..mall import Mall
from ..storage import db
from ..stores.queries import StoreRow
from . import categories, skus
from .options import Axis, axes_faults, combination_faults
from .problems import NoActiveSku, ProductCodeTaken, ProductNotFound, refusing
from .skus import NewSku


class ProductRow(Struct, frozen=True, kw_only=True):
    """A product as its row says it. Prices are minor units of the store's currency."""

    id: UUID
    store_id: UUID
    code: str
    name: dict[str, str]
    description: dict[str, str]
    brand_id: UUID | None
    category_id: UUID | None
    store_category_ids: list[UUID]
    options: list[Axis]
    image_urls: list[str]
    state: str
    min_price: int
    max_price: int
    sold: int
    version: int
    created_at: datetime
    updated_at: datetime
    on_sale_at: datetime | None


COLUMNS = """
p.id, p.store_id, p.code, p.name, p.description, p.brand_id, p.category_id, p.store_category_ids, p.options,
p.image_urls, p.state, p.min_price, p.max_price, p.sold, p.version, p.created_at, p.updated_at, p.on_sale_at
"""
_FIND = f"SELECT {COLUMNS} FROM product p WHERE p.store_id = $1 AND p.id = $2"  # noqa: S608  a constant
_LOCK = " FOR NO KEY UPDATE"
_INSERT = """
INSERT INTO product (id, store_id, code, name, description, brand_id, category_id, store_category_ids, options,
  image_urls, extra, state, min_price, max_price, sold, version, created_at, updated_at, on_sale_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '{}', 'draft', 0, 0, 0, 1, $11, $11, NULL)
"""
_UPDATE = """
UPDATE product SET code = $3, name = $4, description = $5, brand_id = $6, category_id = $7, store_category_ids = $8,
  options = $9, image_urls = $10, version = version + 1, updated_at = $11
WHERE id = $1 AND store_id = $2 AND version = $12
"""
_TOUCH = "UPDATE product SET version = version + 1, updated_at = $3 WHERE store_id = $1 AND id = $2"
_MOVE = """
UPDATE product SET state = $4::text, version = version + 1, updated_at = $5,
  on_sale_at = CASE WHEN $4::text = 'on_sale' THEN COALESCE(on_sale_at, $5) ELSE on_sale_at END
WHERE store_id = $1 AND id = $2 AND state = ANY ($3::text[])
"""
_BRAND = "SELECT EXISTS (SELECT FROM brand WHERE id = $1)"
_TAKEN = {"product_code": ProductCodeTaken}


async def find(store_id: UUID, product_id: UUID) -> ProductRow:
    """Raises ProductNotFound."""
    return _read(await db.fetch_row(_FIND, store_id, product_id))


async def lock(store_id: UUID, product_id: UUID) -> ProductRow:
    """The product, as it stays until the transaction ends: whoever changes it or its SKUs takes this first."""
    return _read(await db.fetch_row(_FIND + _LOCK, store_id, product_id))


async def lock_version(store_id: UUID, product_id: UUID, version: int) -> ProductRow:
    """Lock the product at the version that the caller saw. Raises PreconditionFailed with the current `version`."""
    product = await lock(store_id, product_id)
    if product.version != version:
        raise PreconditionFailed(version=product.version)
    return product


@db.atomic
async def create(mall: Mall, store: StoreRow, new_skus: Sequence[NewSku], **fields: Any) -> UUID:
    """Make a draft with its SKUs; return its id.

    Raises Invalid with a field error for each unusable reference, axis, option or price;
    ProductCodeTaken, SkuCodeTaken.
    """
    now = mall.now()
    product = ProductRow(
        id=new_id(), store_id=store.id, state="draft", min_price=0, max_price=0, sold=0, version=1, created_at=now,
        updated_at=now, on_sale_at=None, **fields,
    )  # fmt: skip
    faults = axes_faults(product.options) + skus.price_faults(new_skus)
    variants = [(f"skus.{place}.options", sku.options) for place, sku in enumerate(new_skus)]
    await _require(product, faults + combination_faults(product.options, variants))
    async with refusing(_TAKEN):
        await db.execute(_INSERT, *_values(product), now)
    await skus.insert(mall, store, product.id, new_skus)
    return product.id


@db.atomic
async def edit(mall: Mall, store_id: UUID, product_id: UUID, version: int, **changes: Any) -> None:
    """Set the fields that are given. Active SKUs must fit the axes that the product has then.

    Raises ProductNotFound, PreconditionFailed, ProductCodeTaken, Invalid with field errors.
    """
    before = await lock_version(store_id, product_id, version)
    product = replace(before, **changes)
    faults = axes_faults(product.options)
    if "options" in changes:
        variants = [(f"skus.{sku.id}", sku.options) for sku in await skus.of_product(product_id) if sku.active]
        faults += combination_faults(product.options, variants)
    await _require(product, faults)
    async with refusing(_TAKEN):
        await db.execute(_UPDATE, *_values(product), mall.now(), version)


@db.atomic
async def put_on_sale(mall: Mall, store_id: UUID, product_id: UUID) -> None:
    """draft or off_sale -> on_sale. Nothing happens to one on sale. Raises ProductNotFound, NoActiveSku."""
    await lock(store_id, product_id)
    if not any(sku.active for sku in await skus.of_product(product_id)):
        raise NoActiveSku
    await db.execute(_MOVE, store_id, product_id, ["draft", "off_sale"], "on_sale", mall.now())


@db.atomic
async def take_off_sale(mall: Mall, store_id: UUID, product_id: UUID) -> None:
    """on_sale -> off_sale. Nothing happens to one off sale. Raises ProductNotFound, Invalid for a draft."""
    product = await lock(store_id, product_id)
    if product.state == "draft":
        raise Invalid("A draft is not on sale.", code="product_is_draft")
    await db.execute(_MOVE, store_id, product_id, ["on_sale"], "off_sale", mall.now())


async def touch(mall: Mall, store_id: UUID, product_id: UUID) -> None:
    """Count a change of the product's SKUs as a version of the product."""
    await db.execute(_TOUCH, store_id, product_id, mall.now())


async def _require(product: ProductRow, faults: list[dict[str, str]]) -> None:
    """Raises Invalid for faults that were found, and for a brand or category that is not there for this store."""
    found = [*faults, *await _reference_faults(product)]
    if found:
        raise Invalid(errors=found, code=found[0]["code"])


async def _reference_faults(product: ProductRow) -> list[dict[str, str]]:
    faults = []
    if product.brand_id is not None and not await db.fetch_value(_BRAND, product.brand_id):
        faults.append({"path": "brand_id", "code": "brand_not_found", "detail": "There is no such brand."})
    own = None if product.category_id is None else product.category_id
    stores = await categories.keep([*([] if own is None else [own]), *product.store_category_ids])
    if own is not None and stores.get(own, product.store_id) is not None:
        faults.append(_unknown_category("category_id", "The platform has no such category."))
    for place, category_id in enumerate(product.store_category_ids):
        if stores.get(category_id) != product.store_id:
            faults.append(_unknown_category(f"store_category_ids.{place}", "The store has no such category."))
    return faults


def _unknown_category(path: str, detail: str) -> dict[str, str]:
    return {"path": path, "code": "category_not_found", "detail": detail}


def _values(product: ProductRow) -> tuple[Any, ...]:
    return (
        product.id, product.store_id, product.code, product.name, product.description, product.brand_id,
        product.category_id, product.store_category_ids, product.options, product.image_urls,
    )  # fmt: skip


def _read(record: Any) -> ProductRow:
    if record is None:
        raise ProductNotFound
    return msgspec.convert(dict(record), ProductRow)
