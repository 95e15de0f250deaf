"""Pricing what somebody wants: SKUs and stores are read, what cannot be sold is left out, the engine prices the rest.

Stages of the engine are kept apart here, since it is between them that others are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from ..catalog import queries as catalog
from ..catalog.queries import Sellable
from ..errors import Conflict, NotFound
from ..http.locale import text_of
from ..inventory import service as inventory
from ..mall import Mall
from ..stores import queries as stores
from ..stores.queries import StoreRow
from ..types import Ask, PricedLine, PriceLine, PriceRequest, Quote, ShippingQuote, TaxRow
from .availability import Shelf, Unavailable, Wanted, sort_out
from .engine import price_goods, price_shipping_and_fees, price_taxes_and_tenders, tax_bases

__all__ = ["SHIPPING", "Priced", "Unavailable", "Wanted", "for_sale", "price", "reprice"]

SHIPPING = "shipping"
"""The delivery method of whoever chose none; the one that a store's flat fee is for."""

OWN = "core"
"""Who prices the flat fee and the store's tax, where a plugin's name would stand."""

_FLAT_FEE = {"zh-CN": "运费", "en": "Shipping"}
_INCLUDED_TAX = {"zh-CN": "税（已含）", "en": "Tax (included)"}
_NO_METHODS: Mapping[UUID, str] = {}


class Priced(Struct, frozen=True, kw_only=True):
    """A quote with what it was made of. `goods` has every line whose SKU exists, sold or not."""

    request: PriceRequest
    quote: Quote
    unavailable: tuple[Unavailable, ...]
    goods: Mapping[str, Sellable]
    stores: Mapping[UUID, StoreRow]


async def price(
    mall: Mall,
    wanted: Sequence[Wanted],
    *,
    shopper_id: UUID | None,
    locale: str,
    asks: Sequence[Ask] = (),
    delivery: Mapping[UUID, str] = _NO_METHODS,
    destination: Mapping[str, Any] | None = None,
    check_stock: bool = True,
) -> Priced:
    """Price what can be sold of `wanted`, in the currency of the first such line; say why the rest cannot.

    Reads SKUs, stores and stock in one statement each. Raises ValueError on a quantity below one or on a
    line id that occurs twice.
    """
    shelf = await _look(wanted, check_stock)
    sold, unavailable = sort_out(wanted, shelf)
    lines = tuple(_line(item, shelf.goods[item.sku_id]) for item in sold)
    request = PriceRequest(
        currency=_currency([*sold, *wanted], shelf, mall.settings.currency),
        now=mall.now(),
        lines=lines,
        shopper_id=shopper_id,
        locale=locale,
        asks=tuple(asks),
        delivery={line.store_id: delivery.get(line.store_id, SHIPPING) for line in lines},
        destination=destination,
    )
    return Priced(
        request=request,
        quote=_quote(request, shelf.stores),
        unavailable=tuple(unavailable),
        goods={item.line_id: shelf.goods[item.sku_id] for item in wanted if item.sku_id in shelf.goods},
        stores=shelf.stores,
    )


async def reprice(mall: Mall, request: PriceRequest) -> Quote:
    """Price a request again, now, from the SKUs and stores as they are. Stock is left to the hold.

    Raises Conflict (`not_for_sale`) with a field error for each line that cannot be sold any more.
    """
    wanted = [_wanted(line) for line in request.lines]
    shelf = await _look(wanted, check_stock=False)
    sold, refused = sort_out(wanted, shelf, request.currency)
    if refused:
        errors = [{"path": line.line_id, "code": line.reason, "detail": ""} for line in refused]
        raise Conflict("Some of this cannot be sold any more.", code="not_for_sale", errors=errors)
    fresh = tuple(_line(item, shelf.goods[item.sku_id]) for item in sold)
    return _quote(replace(request, now=mall.now(), lines=fresh), shelf.stores)


async def for_sale(sku_id: UUID) -> Sellable:
    """The SKU, of which at least one unit can be sold now.

    Raises NotFound (`sku_not_found`), or Conflict (`not_for_sale`) with the `reason`.
    """
    wanted = [Wanted(line_id="", sku_id=sku_id, quantity=1)]
    shelf = await _look(wanted, check_stock=True)
    if sku_id not in shelf.goods:
        raise NotFound("There is no such SKU.", code="sku_not_found")
    _, refused = sort_out(wanted, shelf)
    if refused:
        raise Conflict("This cannot be sold now.", code="not_for_sale", reason=refused[0].reason)
    return shelf.goods[sku_id]


async def _look(wanted: Sequence[Wanted], check_stock: bool) -> Shelf:
    goods = await catalog.sellable(list({item.sku_id for item in wanted})) if wanted else {}
    found = await stores.stores_by_ids(list({item.store_id for item in goods.values()})) if goods else {}
    return Shelf(goods, found, await _stock(goods.values(), found) if check_stock else None)


async def _stock(goods: Iterable[Sellable], found: Mapping[UUID, StoreRow]) -> dict[UUID, int]:
    places = {item.sku_id: found[item.store_id].default_location_id for item in goods if item.store_id in found}
    pairs = [(sku_id, location_id) for sku_id, location_id in places.items() if location_id is not None]
    return {pair[0]: units for pair, units in (await inventory.available(pairs)).items()} if pairs else {}


def _currency(wanted: Iterable[Wanted], shelf: Shelf, default: str) -> str:
    """That of the first store in sight: where nothing is priced, a sum of nothing still has one."""
    goods = (shelf.goods[item.sku_id] for item in wanted if item.sku_id in shelf.goods)
    return next((shelf.stores[item.store_id].currency for item in goods if item.store_id in shelf.stores), default)


def _line(item: Wanted, goods: Sellable) -> PriceLine:
    own = () if goods.category_id is None else (goods.category_id,)
    return PriceLine(
        id=item.line_id,
        store_id=goods.store_id,
        sku_id=goods.sku_id,
        product_id=goods.product_id,
        quantity=item.quantity,
        list_price=goods.price,
        price_revision=goods.price_revision,
        minimum_price=goods.minimum_price,
        category_ids=(*own, *goods.store_category_ids),
        brand_id=goods.brand_id,
        weight_grams=goods.weight_grams,
        extra=item.extra,
    )


def _wanted(line: PriceLine) -> Wanted:
    return Wanted(line_id=line.id, sku_id=line.sku_id, quantity=line.quantity, extra=line.extra)


def _quote(request: PriceRequest, found: Mapping[UUID, StoreRow]) -> Quote:
    rows = price_shipping_and_fees(price_goods(request), _shipping(request, found))
    return price_taxes_and_tenders(rows, _taxes(tax_bases(rows), found, request.locale))


def _shipping(request: PriceRequest, found: Mapping[UUID, StoreRow]) -> list[ShippingQuote]:
    label = text_of(_FLAT_FEE, request.locale)
    return [
        ShippingQuote(store_id=store_id, amount=fee, plugin=OWN, code="flat_fee", label=label)
        for store_id, method in request.delivery.items()
        if method == SHIPPING and (fee := found[store_id].shipping_fee)
    ]


def _taxes(rows: Iterable[PricedLine], found: Mapping[UUID, StoreRow], locale: str) -> list[TaxRow]:
    label = text_of(_INCLUDED_TAX, locale)
    return [
        TaxRow(line_id=row.id, rate_ppm=rate, included=True, plugin=OWN, code="included_tax", label=label)
        for row in rows
        if (rate := found[row.store_id].tax_rate_ppm)
    ]
