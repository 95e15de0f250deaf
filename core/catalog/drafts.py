"""Lists of a store's products for its staff, drafts included."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from ..storage import db
from .clauses import Clauses

State = Literal["draft", "on_sale", "off_sale"]


class KeptProduct(Struct, frozen=True, kw_only=True):
    """A product as staff's list shows it; prices are minor units of the store's currency."""

    id: UUID
    code: str
    name: Mapping[str, str]
    image_url: str
    state: str
    min_price: int
    max_price: int
    sold: int
    sku_count: int
    brand_id: UUID | None
    category_id: UUID | None
    version: int
    updated_at: datetime


_LIST = """
SELECT p.id, p.code, p.name, COALESCE(p.image_urls ->> 0, '') AS image_url, p.state, p.min_price, p.max_price, p.sold,
  (SELECT COUNT(*) FROM sku k WHERE k.product_id = p.id) AS sku_count, p.brand_id, p.category_id, p.version,
  p.updated_at
FROM product p WHERE
"""


async def kept(
    store_id: UUID,
    *,
    state: State | None = None,
    code: str | None = None,
    sku_code: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[KeptProduct]:
    """The newest first, one more than `limit`; in a state, with a code, or with a SKU of a code."""
    clauses = Clauses()
    clauses.add("p.store_id = ?", store_id)
    if state is not None:
        clauses.add("p.state = ?", state)
    if code is not None:
        clauses.add("p.code = ?", code)
    if sku_code is not None:
        clauses.add("p.id = (SELECT k.product_id FROM sku k WHERE k.store_id = ? AND k.code = ?)", store_id, sku_code)
    if after is not None:
        clauses.add("p.id < ?", after)
    sql = f"{_LIST} {clauses} ORDER BY p.id DESC LIMIT {clauses.value(limit + 1)}"
    return await db.rows(KeptProduct, sql, *clauses.args)
