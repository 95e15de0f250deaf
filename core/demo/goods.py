"""The demo's products: each is written with its SKUs, its stock and its state, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from ..catalog import drafts, products, skus
from ..catalog.options import Axis
from ..catalog.skus import NewSku
from ..ids import new_id
from ..inventory import service as inventory
from ..storage import db
from ..stores.queries import StoreRow
from .barcodes import barcode
from .reading import ProductData, SkuData, StoreData
from .work import Work


class Shelf(Struct, frozen=True, kw_only=True):
    """Where a product goes: its store, and the ids of brands and categories by slug."""

    store: StoreRow
    number: int
    brands: Mapping[str, UUID]
    platform: Mapping[str, UUID]
    own: Mapping[str, UUID]


async def stock(work: Work, data: StoreData, shelf: Shelf) -> None:
    """Have every product of the store. One with a known code stays as it is."""
    for product in data.products:
        if not await drafts.kept(shelf.store.id, code=product.code, limit=1):
            await _new(work, product, shelf)


@db.atomic
async def _new(work: Work, data: ProductData, shelf: Shelf) -> None:
    product_id = await products.create(
        work.mall,
        shelf.store,
        [_sku(data, place, sku, shelf.number) for place, sku in enumerate(data.skus)],
        code=data.code,
        name=data.name,
        description=data.description,
        brand_id=shelf.brands[data.brand] if data.brand else None,
        category_id=shelf.platform[data.category],
        store_category_ids=[shelf.own[slug] for slug in data.shelves],
        options=_axes(data),
        image_urls=[],
    )
    await _receive(work, data, shelf.store, product_id)
    if data.state != "draft":
        await products.put_on_sale(work.mall, shelf.store.id, product_id)
    if data.state == "off_sale":
        await products.take_off_sale(work.mall, shelf.store.id, product_id)
    work.made["products"] += 1
    work.made["SKUs"] += len(data.skus)


def _sku(data: ProductData, place: int, sku: SkuData, store: int) -> NewSku:
    return NewSku(
        code=data.sku_code(place),
        price=sku.price,
        barcode=barcode(store, data.number, place + 1),
        options=data.options(sku),
        minimum_price=sku.cost,
        cost=sku.cost,
        weight_grams=sku.weight,
    )


def _axes(data: ProductData) -> list[Axis]:
    return [
        Axis(name, list(dict.fromkeys(sku.options[place] for sku in data.skus))) for place, name in enumerate(data.axes)
    ]


async def _receive(work: Work, data: ProductData, store: StoreRow, product_id: UUID) -> None:
    """The first delivery: it is in the journal of the stock, as any later one."""
    units = {data.sku_code(place): sku.stock for place, sku in enumerate(data.skus)}
    warehouse = store.default_location_id
    items = [
        (sku.id, warehouse, units[sku.code])
        for sku in await skus.of_product(product_id)
        if units[sku.code] and warehouse is not None
    ]
    if items:
        await inventory.receive(work.mall, store.id, items, cause=new_id(), note="demo")
