"""Pricing what somebody wants: SKUs and stores are read, what cannot be sold is left out, the rest is quoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from ..catalog import queries as catalog
from ..catalog.queries import Sellable
from ..dispatch.checks import Refused
from ..dispatch.failures import Failure
from ..errors import Conflict, NotFound
from ..inventory import service as inventory
from ..mall import Mall
from ..stores import queries as stores
from ..stores.queries import StoreRow
from ..types import Ask, PriceLine, PriceRequest, Quote
from .availability import Shelf, Unavailable, Wanted, sort_out
from .quoting import SHIPPING, make_quote

__all__ = ["SHIPPING", "Priced", "Unavailable", "Wanted", "for_sale", "price", "reprice"]

_NO_METHODS: Mapping[UUID, str] = {}


class Priced(Struct, frozen=True, kw_only=True):
    """A quote with what it was made of. `goods` has every line whose SKU exists, sold or not.

    `refused` and `failures` stand in the way of an order: what plugins refuse, and plugins without which nothing
    can be ordered that failed. `revisions` tell, for each store and the mall, which change of plugins was known.
    """

    request: PriceRequest
    quote: Quote
    unavailable: tuple[Unavailable, ...]
    goods: Mapping[str, Sellable]
    stores: Mapping[UUID, StoreRow]
    refused: tuple[Refused, ...] = ()
    failures: tuple[Failure, ...] = ()
    revisions: Mapping[UUID | None, int] = field(default_factory=dict)


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
    made = await make_quote(mall, request, shelf.stores)
    return Priced(
        request=request,
        quote=made.quote,
        refused=made.refused,
        failures=made.failures,
        revisions=made.revisions,
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
    return (await make_quote(mall, replace(request, now=mall.now(), lines=fresh), shelf.stores)).quote


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
