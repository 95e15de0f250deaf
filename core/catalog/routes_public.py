"""What shoppers see: products, brands and categories. Answers carry ETags."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from ..http import cursors
from ..http.access import PUBLIC
from ..http.etag import tagged
from ..http.schemas import Page
from ..mall import Mall
from ..stores.parameters import Cursor, Limit
from ..stores.queries import StoreRow
from . import brands, categories, listing, trees
from .details import shown
from .listing import Filters, Sort, StoreFlag
from .schemas import (
    BrandView,
    Categories,
    ProductItem,
    ProductView,
    brand_view,
    category_nodes,
    product_item,
    product_view,
)

AnyRequest = Request[Any, Any, Any]
Price = Annotated[int | None, QueryParameter(ge=0, le=10**15)]
BrandRef = Annotated[str | None, QueryParameter(min_length=1, max_length=80)]
Currency = Annotated[str | None, QueryParameter(pattern="^[A-Z]{3}$")]


@get("/api/products", access=PUBLIC, tags=["catalog"])
async def list_mall_products(
    request: AnyRequest,
    mall: NamedDependency[Mall],
    locale: NamedDependency[str],
    category: FromQuery[UUID | None] = None,
    brand: BrandRef = None,
    min_price: Price = None,
    max_price: Price = None,
    currency: Currency = None,
    store_flag: FromQuery[StoreFlag | None] = None,
    sort: FromQuery[Sort] = "newest",
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[Page[ProductItem]]:
    """What the open stores sell. `category` includes what lies below it; `brand` is an id or a slug.

    Prices compare only within one currency: where they filter or sort, it is `currency`, by default the mall's.
    """
    compared = min_price is not None or max_price is not None or sort.endswith("price")
    filters = Filters(
        category_id=category,
        brand=brand,
        min_price=min_price,
        max_price=max_price,
        currency=currency or (mall.settings.currency if compared else None),
        store_flag=store_flag,
    )
    return tagged(request, await _page(filters, sort, limit, cursor, locale))


@get("/api/stores/{store_ref:str}/products", access=PUBLIC, tags=["catalog"])
async def list_store_products(
    request: AnyRequest,
    store: NamedDependency[StoreRow],
    locale: NamedDependency[str],
    category: FromQuery[UUID | None] = None,
    store_category: FromQuery[UUID | None] = None,
    brand: BrandRef = None,
    min_price: Price = None,
    max_price: Price = None,
    sort: FromQuery[Sort] = "newest",
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[Page[ProductItem]]:
    """What one store sells; nothing while it is closed. Both kinds of category include what lies below them."""
    filters = Filters(
        store_id=store.id,
        category_id=category,
        store_category_id=store_category,
        brand=brand,
        min_price=min_price,
        max_price=max_price,
    )
    return tagged(request, await _page(filters, sort, limit, cursor, locale))


@get("/api/stores/{store_ref:str}/products/{product_id:uuid}", access=PUBLIC, tags=["catalog"])
async def get_product(
    request: AnyRequest, product_id: FromPath[UUID], store: NamedDependency[StoreRow], locale: NamedDependency[str]
) -> Response[ProductView]:
    """One product with its SKUs. 404 `product_not_found` unless it is on sale in an open store."""
    product, skus = await shown(store, product_id)
    return tagged(request, product_view(store, product, skus, locale))


@get("/api/brands", access=PUBLIC, tags=["catalog"])
async def list_brands(
    request: AnyRequest, locale: NamedDependency[str], limit: Limit = cursors.DEFAULT_LIMIT, cursor: Cursor = None
) -> Response[Page[BrandView]]:
    """The mall's brands, in its order."""
    found = await brands.page(cursors.decode(cursor, tuple[int, UUID]), limit)
    view = cursors.page(found, limit, lambda row: (row.position, row.id), lambda row: brand_view(row, locale))
    return tagged(request, view)


@get("/api/brands/{slug:str}", access=PUBLIC, tags=["catalog"])
async def get_brand(request: AnyRequest, slug: FromPath[str], locale: NamedDependency[str]) -> Response[BrandView]:
    """One brand with its story."""
    return tagged(request, brand_view(await brands.by_slug(slug), locale))


@get("/api/brands/{slug:str}/products", access=PUBLIC, tags=["catalog"])
async def list_brand_products(
    request: AnyRequest,
    slug: FromPath[str],
    locale: NamedDependency[str],
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[Page[ProductItem]]:
    """What the open stores sell of a brand, the newest first."""
    brand = await brands.by_slug(slug)
    return tagged(request, await _page(Filters(brand=str(brand.id)), "newest", limit, cursor, locale))


@get("/api/categories", access=PUBLIC, tags=["catalog"])
async def get_platform_categories(request: AnyRequest, locale: NamedDependency[str]) -> Response[Categories]:
    """The platform's tree of categories."""
    return tagged(request, await _tree(None, locale))


@get("/api/stores/{store_ref:str}/categories", access=PUBLIC, tags=["catalog"])
async def get_store_categories(
    request: AnyRequest, store: NamedDependency[StoreRow], locale: NamedDependency[str]
) -> Response[Categories]:
    """The store's own tree of categories."""
    return tagged(request, await _tree(store.id, locale))


async def _page(filters: Filters, sort: Sort, limit: int, cursor: str | None, locale: str) -> Page[ProductItem]:
    found = await listing.listed(filters, sort, listing.after_cursor(sort, cursor), limit)
    return cursors.page(found, limit, lambda row: listing.key_of(sort, row), lambda row: product_item(row, locale))


async def _tree(store_id: UUID | None, locale: str) -> Categories:
    return Categories(items=category_nodes(trees.children(await categories.tree(store_id)), locale))


ROUTES = (
    list_mall_products,
    list_store_products,
    get_product,
    list_brands,
    get_brand,
    list_brand_products,
    get_platform_categories,
    get_store_categories,
)
