"""Products and SKUs, for the store's staff."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from ..http import cursors
from ..http.access import staff
from ..http.caller import Caller
from ..http.etag import required_version
from ..http.idempotency import idempotent
from ..http.schemas import Page
from ..mall import Mall
from ..stores.parameters import Cursor, IfMatch, Limit, versioned
from ..stores.queries import StoreRow
from . import drafts, products, skus, variants
from .drafts import State
from .schemas import given
from .staff_schemas import (
    PriceBody,
    ProductBody,
    ProductChanges,
    SkuBody,
    SkuChanges,
    StaffProduct,
    StaffProductItem,
    new_sku,
    staff_item,
    staff_product,
)

WRITE = staff("catalog.write")
PRICES = staff("prices.write")

AnyRequest = Request[Any, Any, Any]
Code = Annotated[str | None, QueryParameter(min_length=1, max_length=80)]

_PRODUCTS = "/api/stores/{store_ref:str}/staff/products"
_PRODUCT = _PRODUCTS + "/{product_id:uuid}"
_SKU = _PRODUCT + "/skus/{sku_id:uuid}"


@get(_PRODUCTS, access=WRITE, tags=["staff catalog"])
async def list_staff_products(
    store: NamedDependency[StoreRow],
    product_state: Annotated[State | None, QueryParameter(name="state")] = None,
    code: Code = None,
    sku_code: Code = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[StaffProductItem]:
    """The store's products, drafts included, the newest first; with a `code`, or with a SKU of a `sku_code`."""
    after = cursors.decode(cursor, UUID)
    found = await drafts.kept(store.id, state=product_state, code=code, sku_code=sku_code, after=after, limit=limit)
    return cursors.page(found, limit, lambda row: row.id, lambda row: staff_item(row, store.currency))


@get(_PRODUCT, access=WRITE, tags=["staff catalog"])
async def get_staff_product(product_id: FromPath[UUID], store: NamedDependency[StoreRow]) -> Response[StaffProduct]:
    """One product with every SKU, cost included. Its ETag is what a change sends as If-Match."""
    return await _answer(store, product_id)


@post(_PRODUCTS, access=WRITE, tags=["staff catalog"])
@idempotent
async def create_product(
    request: AnyRequest,
    data: JSONBody[ProductBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> StaffProduct:
    """Make a draft with its SKUs, all of them or nothing. 409 `product_code_taken`, `sku_code_taken`.

    422 with a field error for each brand, category, axis, option or minimum price that cannot be.
    """
    fields = {name: value for name, value in given(data).items() if name != "skus"}
    product_id = await products.create(mall, store, [new_sku(sku) for sku in data.skus], **fields)
    return await _view(store, product_id)


@patch(_PRODUCT, access=WRITE, tags=["staff catalog"])
async def edit_product(
    product_id: FromPath[UUID],
    data: JSONBody[ProductChanges],
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    if_match: IfMatch = None,
) -> Response[StaffProduct]:
    """Set the fields that are sent. Needs If-Match; the active SKUs must fit the axes that the product gets."""
    await products.edit(mall, store.id, product_id, required_version(if_match), **given(data))
    return await _answer(store, product_id)


@post(_PRODUCT + "/put-on-sale", access=WRITE, status_code=200, tags=["staff catalog"])
async def put_on_sale(
    product_id: FromPath[UUID], mall: NamedDependency[Mall], store: NamedDependency[StoreRow]
) -> Response[StaffProduct]:
    """Show the product to shoppers. 409 `no_active_sku`. Doing it twice changes nothing."""
    await products.put_on_sale(mall, store.id, product_id)
    return await _answer(store, product_id)


@post(_PRODUCT + "/take-off-sale", access=WRITE, status_code=200, tags=["staff catalog"])
async def take_off_sale(
    product_id: FromPath[UUID], mall: NamedDependency[Mall], store: NamedDependency[StoreRow]
) -> Response[StaffProduct]:
    """Hide the product from shoppers. 409 `product_is_draft`. Doing it twice changes nothing."""
    await products.take_off_sale(mall, store.id, product_id)
    return await _answer(store, product_id)


@post(_PRODUCT + "/skus", access=WRITE, tags=["staff catalog"])
@idempotent
async def add_sku(
    request: AnyRequest,
    product_id: FromPath[UUID],
    data: JSONBody[SkuBody],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> StaffProduct:
    """Add a SKU, stocked with nothing at the default warehouse. 409 `sku_code_taken`; 422 `options_mismatch`,
    `option_unknown`, `options_taken`, `minimum_price_above_price`."""
    await variants.add(mall, store, product_id, new_sku(data))
    return await _view(store, product_id)


@patch(_SKU, access=WRITE, tags=["staff catalog"])
async def edit_sku(
    product_id: FromPath[UUID],
    sku_id: FromPath[UUID],
    data: JSONBody[SkuChanges],
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    if_match: IfMatch = None,
) -> Response[StaffProduct]:
    """Set the fields that are sent, `active` among them. Needs the product's version in If-Match.

    409 `last_active_sku` while the product is on sale.
    """
    await variants.edit(mall, store.id, product_id, sku_id, required_version(if_match), **given(data))
    return await _answer(store, product_id)


@put(_SKU + "/price", access=PRICES, tags=["staff catalog"])
async def put_price(
    product_id: FromPath[UUID],
    sku_id: FromPath[UUID],
    data: JSONBody[PriceBody],
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
) -> Response[StaffProduct]:
    """Set a SKU's price; its revision grows if that changes something. 409 `price_changed` with the current one."""
    await variants.set_price(mall, store.id, product_id, sku_id, **given(data))
    return await _answer(store, product_id)


async def _view(store: StoreRow, product_id: UUID) -> StaffProduct:
    product = await products.find(store.id, product_id)
    return staff_product(product, await skus.of_product(product_id), store.currency)


async def _answer(store: StoreRow, product_id: UUID) -> Response[StaffProduct]:
    view = await _view(store, product_id)
    return versioned(view, view.version)


ROUTES = (
    list_staff_products,
    get_staff_product,
    create_product,
    edit_product,
    put_on_sale,
    take_off_sale,
    add_sku,
    edit_sku,
    put_price,
)
