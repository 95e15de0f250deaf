"""What staff of a store send and are shown: everything, in every language, cost included."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from ..http.schemas import Amount, Body, Texts
from ..types import Money
from . import skus
from .drafts import KeptProduct
from .options import Axis
from .products import ProductRow
from .schemas import Name, Position
from .skus import SkuRow

Code = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^\S(.*\S)?$(?!\n)")]
Barcode = Annotated[str, Meta(max_length=40)]
Grams = Annotated[int, Meta(ge=0, le=2**31 - 1)]
ImageUrl = Annotated[str, Meta(max_length=2000, pattern=r"^(https?://\S+|/\S*)$(?!\n)")]
Images = Annotated[list[ImageUrl], Meta(max_length=30)]
CategoryIds = Annotated[list[UUID], Meta(max_length=20)]
SkuOptions = Annotated[dict[str, str], Meta(max_length=5)]
Axes = Annotated[list[Axis], Meta(max_length=5)]


class SkuBody(Body):
    """A variant; amounts are minor units of the store's currency, `options` one value for each axis."""

    code: Code
    price: Amount
    barcode: Barcode = ""
    options: SkuOptions = field(default_factory=dict)
    minimum_price: Amount = 0
    cost: Amount | None = None
    weight_grams: Grams = 0
    active: bool = True


class SkuChanges(Body):
    """The fields that are to be set. Prices have a route of their own."""

    code: Code | UnsetType = UNSET
    barcode: Barcode | UnsetType = UNSET
    options: SkuOptions | UnsetType = UNSET
    cost: Amount | UnsetType | None = UNSET
    weight_grams: Grams | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class PriceBody(Body):
    """A new price in minor units; 409 when `expected_revision` is given and not the current one."""

    price: Amount
    minimum_price: Amount | None = None
    expected_revision: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


class ProductBody(Body):
    """A product with its SKUs: a draft until it is put on sale."""

    code: Code
    name: Name
    skus: Annotated[list[SkuBody], Meta(min_length=1, max_length=500)]
    description: Texts = field(default_factory=dict)
    brand_id: UUID | None = None
    category_id: UUID | None = None
    store_category_ids: CategoryIds = field(default_factory=list)
    options: Axes = field(default_factory=list)
    image_urls: Images = field(default_factory=list)


class ProductChanges(Body):
    """The fields that are to be set."""

    code: Code | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    description: Texts | UnsetType = UNSET
    brand_id: UUID | UnsetType | None = UNSET
    category_id: UUID | UnsetType | None = UNSET
    store_category_ids: CategoryIds | UnsetType = UNSET
    options: Axes | UnsetType = UNSET
    image_urls: Images | UnsetType = UNSET


class StaffSku(Struct, kw_only=True):
    """A variant with what only staff may know."""

    id: UUID
    code: str
    barcode: str
    options: dict[str, str]
    price: Money
    price_revision: int
    minimum_price: Money
    cost: Money | None
    weight_grams: int
    position: int
    active: bool


class StaffProduct(Struct, kw_only=True):
    """A product with every SKU. Send `version` as If-Match to change it."""

    id: UUID
    code: str
    name: dict[str, str]
    description: dict[str, str]
    brand_id: UUID | None
    category_id: UUID | None
    store_category_ids: list[UUID]
    options: list[Axis]
    image_urls: list[str]
    state: str
    price: Money
    max_price: Money
    sold: int
    version: int
    created_at: datetime
    updated_at: datetime
    on_sale_at: datetime | None
    skus: list[StaffSku]


class StaffProductItem(Struct, kw_only=True):
    """A product in staff's list."""

    id: UUID
    code: str
    name: dict[str, str]
    image_url: str
    state: str
    price: Money
    max_price: Money
    sold: int
    sku_count: int
    brand_id: UUID | None
    category_id: UUID | None
    version: int
    updated_at: datetime


def new_sku(body: SkuBody) -> skus.NewSku:
    return skus.NewSku(**{name: getattr(body, name) for name in body.__struct_fields__})


def staff_product(row: ProductRow, found: Sequence[SkuRow], currency: str) -> StaffProduct:
    same = {name: getattr(row, name) for name in StaffProduct.__struct_fields__ if hasattr(row, name)}
    return StaffProduct(
        **same | {"max_price": Money(row.max_price, currency)},
        price=Money(row.min_price, currency),
        skus=[_staff_sku(sku, currency) for sku in found],
    )


def staff_item(row: KeptProduct, currency: str) -> StaffProductItem:
    same = {name: getattr(row, name) for name in StaffProductItem.__struct_fields__ if hasattr(row, name)}
    return StaffProductItem(
        **same | {"max_price": Money(row.max_price, currency)}, price=Money(row.min_price, currency)
    )


def _staff_sku(row: SkuRow, currency: str) -> StaffSku:
    same = {name: getattr(row, name) for name in StaffSku.__struct_fields__}
    amounts = {
        "price": Money(row.price, currency),
        "minimum_price": Money(row.minimum_price, currency),
        "cost": None if row.cost is None else Money(row.cost, currency),
    }
    return StaffSku(**same | amounts)
