"""Limits, as staff make, change and remove them."""

from __future__ import annotations

from uuid import UUID

from galleria.core.plugin_api import (
    Conflict,
    Invalid,
    Mall,
    NotFound,
    PreconditionFailed,
    db,
    find_product,
    new_id,
    rules_changed,
    sellable,
)
from msgspec import Struct

from . import queries
from .hours import Period
from .queries import LimitRow

PLUGIN = "purchase_rules"

_INSERT = """
INSERT INTO purchase_rules_limit
  (id, store_id, sku_id, product_id, period, quantity, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)
ON CONFLICT (store_id, (COALESCE(sku_id, product_id)), period) WHERE removed_at IS NULL DO NOTHING
"""
_EDIT = """
UPDATE purchase_rules_limit SET quantity = $4, version = version + 1, updated_at = $5
WHERE store_id = $1 AND id = $2 AND version = $3 AND removed_at IS NULL
"""
_REMOVE = """
UPDATE purchase_rules_limit SET removed_at = $4, version = version + 1, updated_at = $4
WHERE store_id = $1 AND id = $2 AND version = $3 AND removed_at IS NULL
"""


class NewLimit(Struct, frozen=True, kw_only=True):
    """A limit on a SKU or on a product."""

    sku_id: UUID | None
    product_id: UUID | None
    period: Period
    quantity: int


async def known(store_id: UUID, limit_id: UUID) -> LimitRow:
    """Raises NotFound (`purchase_rules_limit_not_found`)."""
    found = await queries.limit(store_id, limit_id)
    if found is None:
        raise NotFound("There is no such limit.", code="purchase_rules_limit_not_found")
    return found


@db.atomic
async def create(mall: Mall, store_id: UUID, new: NewLimit) -> LimitRow:
    """Raises Invalid (`purchase_rules_target`), Conflict (`purchase_rules_limit_exists`)."""
    await _require_target(store_id, new)
    limit_id = new_id()
    row = (limit_id, store_id, new.sku_id, new.product_id, new.period, new.quantity, mall.now())
    if not await db.execute(_INSERT, *row):
        raise Conflict("There is a limit for this and this period.", code="purchase_rules_limit_exists")
    await rules_changed(mall, PLUGIN, store_id)
    return await known(store_id, limit_id)


@db.atomic
async def edit(mall: Mall, store_id: UUID, limit_id: UUID, version: int, quantity: int) -> LimitRow:
    """Change how much is allowed; what was taken stays counted. Raises NotFound, PreconditionFailed."""
    await _change(mall, _EDIT, store_id, limit_id, version, quantity, mall.now())
    return await known(store_id, limit_id)


@db.atomic
async def remove(mall: Mall, store_id: UUID, limit_id: UUID, version: int) -> None:
    """Take a limit away. One that is made anew counts from nothing. Raises NotFound, PreconditionFailed."""
    await _change(mall, _REMOVE, store_id, limit_id, version, mall.now())


async def _change(mall: Mall, sql: str, store_id: UUID, limit_id: UUID, version: int, *values: object) -> None:
    if not await db.execute(sql, store_id, limit_id, version, *values):
        raise PreconditionFailed(version=(await known(store_id, limit_id)).version)
    await rules_changed(mall, PLUGIN, store_id)


async def _require_target(store_id: UUID, new: NewLimit) -> None:
    if (new.sku_id is None) == (new.product_id is None):
        _refuse("", "Name a SKU or a product.")
    if new.sku_id is not None:
        found = (await sellable([new.sku_id])).get(new.sku_id)
        if found is None or found.store_id != store_id:
            _refuse("sku_id", "There is no such SKU in this store.")
    if new.product_id is not None:
        try:
            await find_product(store_id, new.product_id)
        except NotFound:
            _refuse("product_id", "There is no such product in this store.")


def _refuse(path: str, detail: str) -> None:
    errors = [{"path": path, "code": "purchase_rules_target", "detail": detail}]
    raise Invalid(detail, code="purchase_rules_target", errors=errors)
