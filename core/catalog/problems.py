"""What the catalog refuses, with the codes that the API shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg

from ..errors import Conflict, NotFound
from ..storage import db


class ProductNotFound(NotFound):
    code = "product_not_found"
    title = "This store has no such product"


class SkuNotFound(NotFound):
    code = "sku_not_found"
    title = "The product has no such SKU"


class BrandNotFound(NotFound):
    code = "brand_not_found"
    title = "There is no such brand"


class CategoryNotFound(NotFound):
    code = "category_not_found"
    title = "There is no such category"


class ImportNotFound(NotFound):
    code = "import_not_found"
    title = "This store has no such import"


class ProductCodeTaken(Conflict):
    code = "product_code_taken"
    title = "Another product of the store has this code"


class SkuCodeTaken(Conflict):
    code = "sku_code_taken"
    title = "Another SKU of the store has this code"


class SlugTaken(Conflict):
    code = "slug_taken"
    title = "Another one has this slug here"


class LastActiveSku(Conflict):
    """A product on sale has something that can be bought."""

    code = "last_active_sku"
    title = "Take the product off sale before its last active SKU"


class NoActiveSku(Conflict):
    code = "no_active_sku"
    title = "A product without an active SKU cannot go on sale"


class PriceChanged(Conflict):
    """`price_revision` is the current one."""

    code = "price_changed"
    title = "The price has been changed since that revision"


class CategoryNotEmpty(Conflict):
    code = "category_not_empty"
    title = "The category has subcategories or products"


class CategoryCycle(Conflict):
    code = "category_cycle"
    title = "A category cannot lie below itself"


class CategoryTooDeep(Conflict):
    code = "category_too_deep"
    title = "Categories go 8 levels deep"


@asynccontextmanager
async def refusing(refusals: Mapping[str, type[Conflict]]) -> AsyncIterator[None]:
    """Turn the breach of a unique index or a foreign key, by its name, into a refusal.

    What was written inside is undone, and the open transaction goes on.
    """
    try:
        async with db.savepoint():
            yield
    except asyncpg.IntegrityConstraintViolationError as error:
        refusal = refusals.get(getattr(error, "constraint_name", None) or "")
        if refusal is None:
            raise
        raise refusal from error
