"""The demo's data files as typed values. A text is by language, an amount is fen, a weight grams."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

Texts = dict[str, str]
State = Literal["draft", "on_sale", "off_sale"]
Step = Literal["cancel", "expire", "pay", "ship", "receive", "refund", "refund_all"]

T = TypeVar("T")


class Data(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a file: what nobody reads is refused."""


class CategoryData(Data, frozen=True, kw_only=True):
    """A category with those below it."""

    slug: str
    name: Texts
    children: list[CategoryData] = []


class BrandData(Data, frozen=True, kw_only=True):
    slug: str
    name: Texts
    story: Texts


class PersonData(Data, frozen=True, kw_only=True):
    email: str
    name: str
    locale: str = "zh-CN"


class StaffData(PersonData, frozen=True, kw_only=True):
    permissions: list[str]


class AddressData(Data, frozen=True, kw_only=True):
    recipient: str
    phone: str
    province: str
    city: str
    district: str
    street: str
    postal_code: str


class ShopperData(PersonData, frozen=True, kw_only=True):
    """The first address is the default one."""

    addresses: list[AddressData]


class OrderData(Data, frozen=True, kw_only=True):
    """A checkout and what becomes of it. `key` names it for good; `lines` are units by SKU code.

    `remark` goes to each store. `refund` are the units by SKU code that the step of that name gives back.
    """

    key: str
    shopper: str
    lines: dict[str, int]
    steps: list[Step] = []
    remark: str = ""
    refund: dict[str, int] = {}
    reason: str = ""
    restock: bool = False


class BranchData(Data, frozen=True, kw_only=True):
    """A shop that can be visited; degrees are WGS 84."""

    name: str
    address: Texts
    latitude: float
    longitude: float
    opening_hours: dict[str, list[str]]


class SkuData(Data, frozen=True, kw_only=True):
    """A variant: `options` has one value for each of its product's axes."""

    price: int
    cost: int
    weight: int
    stock: int
    options: list[str] = []


class ProductData(Data, frozen=True, kw_only=True):
    """`category` is a slug of the platform's tree, `shelves` are slugs of the store's own."""

    code: str
    name: Texts
    description: Texts
    category: str
    shelves: list[str]
    skus: list[SkuData]
    brand: str = ""
    axes: list[str] = []
    state: State = "on_sale"

    @property
    def number(self) -> int:
        """The number at the end of the code."""
        return int(self.code.rpartition("-")[2])

    def sku_code(self, place: int) -> str:
        return f"{self.code}-{place + 1}"

    def options(self, sku: SkuData) -> dict[str, str]:
        return dict(zip(self.axes, sku.options, strict=True))


class StoreData(Data, frozen=True, kw_only=True):
    """A store with everything that belongs to it. `number` stands in its barcodes, `carrier` sends its parcels."""

    number: int
    slug: str
    name: Texts
    description: Texts
    shipping_fee: int
    tax_rate_ppm: int
    carrier: str
    owner: PersonData
    staff: list[StaffData]
    branch: BranchData
    categories: list[CategoryData]
    products: list[ProductData]
    story: Texts = {}
    is_brand: bool = False
    is_featured: bool = False


class MallData(Data, frozen=True, kw_only=True):
    """What belongs to no store. The password is that of every account of the demo."""

    password: str
    operator: str
    stores: list[str]
    categories: list[CategoryData]
    brands: list[BrandData]
    shoppers: list[ShopperData]


class OrdersData(Data, frozen=True, kw_only=True):
    orders: list[OrderData]


@cache
def mall_data() -> MallData:
    return _read("mall", MallData)


@cache
def store_data(name: str) -> StoreData:
    return _read(name, StoreData)


def orders_data() -> list[OrderData]:
    return _read("orders", OrdersData).orders


def _read(name: str, shape: type[T]) -> T:
    text = files(__package__).joinpath("data", f"{name}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), shape)
