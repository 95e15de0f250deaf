"""What shoppers are shown, and what the operator sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from ..http.locale import text_of
from ..http.schemas import Body, Texts
from ..stores.queries import StoreRow
from ..types import Money
from .brands import BrandRow
from .details import Named, ShownProduct, ShownSku
from .listing import ListedProduct
from .options import Axis
from .trees import CategoryRow

Slug = Annotated[str, Meta(min_length=1, max_length=80)]
Url = Annotated[str, Meta(max_length=2000, pattern=r"^(https?://\S+|/\S*)?$(?!\n)")]
Position = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Name = Annotated[Texts, Meta(min_length=1, max_length=20)]


class BrandMark(Struct, kw_only=True):
    slug: str
    name: str


class StoreMark(Struct, kw_only=True):
    id: UUID
    slug: str
    name: str


class BrandView(Struct, kw_only=True):
    """A brand in the reader's language."""

    id: UUID
    slug: str
    name: str
    story: str
    logo_url: str


class ProductItem(Struct, kw_only=True):
    """A product in a list: `price` is that of its cheapest SKU, `max_price` that of the dearest."""

    id: UUID
    store: StoreMark
    name: str
    image_url: str
    price: Money
    max_price: Money
    sold: int
    on_sale_at: datetime
    brand: BrandMark | None


class CategoryMark(Struct, kw_only=True):
    id: UUID
    slug: str
    name: str


class CategoryNode(Struct, kw_only=True):
    """A category with those below it, each list in its order."""

    id: UUID
    slug: str
    name: str
    children: list[CategoryNode]


class Categories(Struct, kw_only=True):
    """The roots of a tree."""

    items: list[CategoryNode]


class SkuView(Struct, kw_only=True):
    """A variant. `in_stock`: at least one unit can be sold."""

    id: UUID
    code: str
    barcode: str
    options: Mapping[str, str]
    price: Money
    weight_grams: int
    in_stock: bool


class ProductView(Struct, kw_only=True):
    """A product with its SKUs. `categories` is its path in the platform's tree."""

    id: UUID
    store: StoreMark
    name: str
    description: str
    options: list[Axis]
    image_urls: list[str]
    price: Money
    max_price: Money
    sold: int
    on_sale_at: datetime
    brand: BrandView | None
    categories: list[CategoryMark]
    store_category_ids: list[UUID]
    extra: dict[str, Any]
    skus: list[SkuView]


class NewBrand(Body):
    """A brand of the mall; texts by language."""

    slug: Slug
    name: Name
    story: Texts = field(default_factory=dict)
    logo_url: Url = ""
    position: Position = 0


class BrandChanges(Body):
    """The fields that are to be set."""

    slug: Slug | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    story: Texts | UnsetType = UNSET
    logo_url: Url | UnsetType = UNSET
    position: Position | UnsetType = UNSET


class NewCategory(Body):
    """A category below `parent_id`, or a root."""

    slug: Slug
    name: Name
    parent_id: UUID | None = None
    position: Position = 0


class CategoryChanges(Body):
    """The fields that are to be set; `parent_id` null makes it a root."""

    slug: Slug | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    parent_id: UUID | UnsetType | None = UNSET
    position: Position | UnsetType = UNSET


def given(body: Body) -> dict[str, Any]:
    """The fields of a body that were sent."""
    values = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}


def brand_view(row: BrandRow, locale: str) -> BrandView:
    return BrandView(
        id=row.id,
        slug=row.slug,
        name=text_of(row.name, locale),
        story=text_of(row.story, locale),
        logo_url=row.logo_url,
    )


def product_item(row: ListedProduct, locale: str) -> ProductItem:
    brand = None
    if row.brand_slug is not None:
        brand = BrandMark(slug=row.brand_slug, name=text_of(row.brand_name or {}, locale))
    return ProductItem(
        id=row.id,
        store=StoreMark(id=row.store_id, slug=row.store_slug, name=text_of(row.store_name, locale)),
        name=text_of(row.name, locale),
        image_url=row.image_url,
        price=Money(row.min_price, row.currency),
        max_price=Money(row.max_price, row.currency),
        sold=row.sold,
        on_sale_at=row.on_sale_at,
        brand=brand,
    )


def category_nodes(
    below: Mapping[UUID | None, Sequence[CategoryRow]], locale: str, parent: UUID | None = None
) -> list[CategoryNode]:
    """The nodes below `parent`, with everything below them."""
    return [
        CategoryNode(
            id=row.id, slug=row.slug, name=text_of(row.name, locale), children=category_nodes(below, locale, row.id)
        )
        for row in below.get(parent, ())
    ]


def product_view(store: StoreRow, row: ShownProduct, skus: Sequence[ShownSku], locale: str) -> ProductView:
    return ProductView(
        id=row.id,
        store=StoreMark(id=store.id, slug=store.slug, name=text_of(store.name, locale)),
        name=text_of(row.name, locale),
        description=text_of(row.description, locale),
        options=row.options,
        image_urls=row.image_urls,
        price=Money(row.min_price, store.currency),
        max_price=Money(row.max_price, store.currency),
        sold=row.sold,
        on_sale_at=row.on_sale_at,
        brand=_brand(row.brand, locale),
        categories=[CategoryMark(id=one.id, slug=one.slug, name=text_of(one.name, locale)) for one in row.categories],
        store_category_ids=row.store_category_ids,
        extra=row.extra,
        skus=[_sku(sku, store.currency) for sku in skus],
    )


def _brand(row: Named | None, locale: str) -> BrandView | None:
    if row is None:
        return None
    return BrandView(id=row.id, slug=row.slug, name=text_of(row.name, locale), story="", logo_url=row.logo_url)


def _sku(row: ShownSku, currency: str) -> SkuView:
    return SkuView(
        id=row.id,
        code=row.code,
        barcode=row.barcode,
        options=row.options,
        price=Money(row.price, currency),
        weight_grams=row.weight_grams,
        in_stock=row.in_stock,
    )
