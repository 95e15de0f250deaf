"""Lists of products that shoppers can buy: of one store, of a brand, of the whole mall."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from ..errors import Invalid
from ..http import cursors
from ..storage import db
from .clauses import Clauses

Sort = Literal["newest", "price", "-price", "sold"]
StoreFlag = Literal["brand", "featured"]
Whole = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Moment = Annotated[datetime, Meta(tz=True)]
Key = tuple[int | datetime, UUID]


class Filters(Struct, frozen=True, kw_only=True):
    """What a list is narrowed to; prices are minor units, compared with a product's lowest price.

    `category_id` is a node of the platform's tree, `store_category_id` one of a store's; both include what lies
    below. `brand` is an id or a slug. Where prices are compared, only stores of `currency` are in the list.
    """

    store_id: UUID | None = None
    category_id: UUID | None = None
    store_category_id: UUID | None = None
    brand: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    store_flag: StoreFlag | None = None
    currency: str | None = None


class ListedProduct(Struct, frozen=True, kw_only=True):
    """A product as a list shows it; prices are minor units of `currency`."""

    id: UUID
    name: Mapping[str, str]
    image_url: str
    min_price: int
    max_price: int
    sold: int
    on_sale_at: datetime
    store_id: UUID
    store_slug: str
    store_name: Mapping[str, str]
    currency: str
    brand_slug: str | None
    brand_name: Mapping[str, str] | None


_LIST = """
SELECT p.id, p.name, COALESCE(p.image_urls ->> 0, '') AS image_url, p.min_price, p.max_price, p.sold, p.on_sale_at,
  s.id AS store_id, s.slug AS store_slug, s.name AS store_name, s.currency, b.slug AS brand_slug, b.name AS brand_name
FROM product p JOIN store s ON s.id = p.store_id LEFT JOIN brand b ON b.id = p.brand_id
WHERE p.state = 'on_sale' AND s.state = 'open' AND
"""
_BELOW = """
WITH RECURSIVE below AS (
  SELECT id FROM category WHERE id = ? UNION SELECT c.id FROM category c JOIN below ON c.parent_id = below.id
)
"""
_SHELF = f"""p.id = ANY (ARRAY(
  SELECT q.id FROM product q WHERE q.state = 'on_sale'
    AND q.store_category_ids && COALESCE(({_BELOW} SELECT array_agg(id) FROM below), '{{}}'::uuid[])
))"""  # noqa: S608  constants
_FLAGS = {"brand": "s.is_brand", "featured": "s.is_featured"}
_ORDERS: dict[str, tuple[str, str, str]] = {
    "newest": ("on_sale_at", "DESC", "<"),
    "price": ("min_price", "ASC", ">"),
    "-price": ("min_price", "DESC", "<"),
    "sold": ("sold", "DESC", "<"),
}


async def listed(filters: Filters, sort: Sort, after: Key | None, limit: int) -> list[ListedProduct]:
    """Products on sale in open stores, one more than `limit`, from behind the key `after`.

    Each category below a node gives its first products by an index, and the first of all these are taken: what that
    costs depends on neither how many products there are nor how many the node has.
    """
    column, direction, beyond = _ORDERS[sort]
    clauses = _narrowed(filters)
    if after is not None:
        clauses.add(f"(p.{column}, p.id) {beyond} (?, ?)", *after)
    most = clauses.value(limit + 1)
    listing = f"{_LIST} {clauses} ORDER BY p.{column} {direction}, p.id {direction} LIMIT {most}"
    if filters.category_id is not None:
        below = _BELOW.replace("?", clauses.value(filters.category_id))
        order = f"ORDER BY p.{column} {direction}, p.id {direction} LIMIT {most}"
        listing = f"{below} SELECT p.* FROM below CROSS JOIN LATERAL ({listing}) AS p {order}"  # noqa: S608  constants
    return await db.rows(ListedProduct, listing, *clauses.args)


def key_of(sort: Sort, row: ListedProduct) -> tuple[Any, ...]:
    """What a cursor says of the last row that was shown."""
    return (sort, getattr(row, _ORDERS[sort][0]), row.id)


def after_cursor(sort: Sort, cursor: str | None) -> Key | None:
    """The key in a cursor of a list in this order. Raises Invalid (`invalid_cursor`) for any other."""
    if sort == "newest":
        return _checked(sort, cursors.decode(cursor, tuple[str, Moment, UUID]))
    return _checked(sort, cursors.decode(cursor, tuple[str, Whole, UUID]))


def _checked(sort: Sort, decoded: tuple[str, int | datetime, UUID] | None) -> Key | None:
    if decoded is None:
        return None
    if decoded[0] != sort:
        raise Invalid("This cursor belongs to a list in another order.", code="invalid_cursor")
    return decoded[1:]


def _narrowed(filters: Filters) -> Clauses:
    clauses = Clauses()
    if filters.store_id is not None:
        clauses.add("p.store_id = ?", filters.store_id)
    if filters.category_id is not None:
        clauses.add("p.category_id = below.id")
    if filters.store_category_id is not None:
        clauses.add(_SHELF, filters.store_category_id)
    if filters.brand is not None:
        _add_brand(clauses, filters.brand)
    if filters.store_flag is not None:
        clauses.add(_FLAGS[filters.store_flag])
    _add_prices(clauses, filters)
    return clauses


def _add_brand(clauses: Clauses, brand: str) -> None:
    try:
        clauses.add("p.brand_id = ?", UUID(brand))
    except ValueError:
        clauses.add("p.brand_id = (SELECT id FROM brand WHERE slug = ?)", brand)


def _add_prices(clauses: Clauses, filters: Filters) -> None:
    if filters.min_price is not None:
        clauses.add("p.min_price >= ?", filters.min_price)
    if filters.max_price is not None:
        clauses.add("p.min_price <= ?", filters.max_price)
    if filters.currency is not None:
        clauses.add("s.currency = ?", filters.currency)
