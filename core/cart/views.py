"""A cart as it is shown: priced now, store by store."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ..catalog.queries import Sellable
from ..http.locale import text_of
from ..mall import Mall
from ..pricing.explain import Sentence
from ..pricing.service import SHIPPING, Priced, Unavailable, Wanted, price
from ..pricing.views import adjustment_view, explain_priced, refused_views, totals_view
from ..stores.queries import StoreRow
from ..types import Money, PricedLine, Totals
from .contents import CartContents, CartLineRow, DeliveryChoice
from .holders import CartNotFound, Holder
from .queries import contents_of
from .schemas import CartView, LineView, ShippingView, StoreName, StoreView, UnavailableView

_NOTHING = Totals(**dict.fromkeys(Totals.__struct_fields__, 0))


async def show(mall: Mall, holder: Holder, locale: str) -> CartView:
    """The holder's cart, priced. Raises CartNotFound for a token that names none."""
    cart, priced = await _priced(mall, holder, locale)
    return view(cart, priced, locale)


async def explained(mall: Mall, holder: Holder, locale: str) -> list[Sentence]:
    """Why the holder's cart costs what it costs. Raises CartNotFound for a token that names none."""
    _, priced = await _priced(mall, holder, locale)
    return explain_priced(priced)


async def _priced(mall: Mall, holder: Holder, locale: str) -> tuple[CartContents | None, Priced]:
    cart = await contents_of(holder)
    if cart is None and holder.account_id is None:
        raise CartNotFound
    priced = await price(
        mall,
        [_wanted(line) for line in cart.lines] if cart else [],
        shopper_id=holder.account_id,
        locale=locale,
        asks=cart.asks if cart else (),
        delivery={store_id: choice.method for store_id, choice in cart.delivery.items()} if cart else {},
    )
    return cart, priced


def view(cart: CartContents | None, priced: Priced, locale: str) -> CartView:
    """Lay out a cart; None: that of an account that never put anything in."""
    lines = {str(line.id): line for line in cart.lines} if cart else {}
    refused = {line.line_id: line for line in priced.unavailable}
    return CartView(
        cart_id=cart.cart_id if cart else None,
        version=cart.version if cart else 0,
        stores=_stores(cart, priced, locale, [line for key, line in lines.items() if key not in refused]),
        unavailable=[_unavailable(lines[key], refused[key], priced, locale) for key in lines if key in refused],
        adjustments=[adjustment_view(adjustment, priced.quote.currency) for adjustment in priced.quote.adjustments],
        refused=refused_views(priced.refused, priced.failures),
        asks=list(cart.asks) if cart else [],
        totals=totals_view(priced.quote.totals, priced.quote.currency),
    )


def _wanted(line: CartLineRow) -> Wanted:
    return Wanted(
        line_id=str(line.id), sku_id=line.sku_id, quantity=line.quantity, extra=line.extra, priced=line.selected
    )


def _stores(cart: CartContents | None, priced: Priced, locale: str, lines: Sequence[CartLineRow]) -> list[StoreView]:
    groups: dict[UUID, list[CartLineRow]] = {}
    for line in lines:
        groups.setdefault(line.store_id, []).append(line)
    rows = {row.id: row for row in priced.quote.lines}
    totals = {entry.store_id: entry for entry in priced.quote.stores}
    chosen = cart.delivery if cart else {}
    return [
        _store(
            priced.stores[store_id],
            [_line(line, priced.goods[str(line.id)], rows, priced.stores[store_id], locale) for line in group],
            chosen.get(store_id, DeliveryChoice(SHIPPING)),
            totals.get(store_id, _NOTHING),
            locale,
        )
        for store_id, group in groups.items()
    ]


def _store(store: StoreRow, lines: list[LineView], choice: DeliveryChoice, totals: Totals, locale: str) -> StoreView:
    shipping = Money(totals.shipping, store.currency)
    return StoreView(
        store=StoreName(id=store.id, slug=store.slug, name=text_of(store.name, locale)),
        lines=lines,
        shipping=ShippingView(method=choice.method, location_id=choice.location_id, amount=shipping),
        totals=totals_view(totals, store.currency),
    )


def _line(line: CartLineRow, goods: Sellable, rows: dict[str, PricedLine], store: StoreRow, locale: str) -> LineView:
    row, currency = rows.get(str(line.id)), store.currency
    return LineView(
        line_id=line.id,
        sku_id=line.sku_id,
        product_id=goods.product_id,
        sku_code=goods.sku_code,
        name=text_of(goods.name, locale),
        options=goods.options,
        image_url=goods.image_url,
        quantity=line.quantity,
        selected=line.selected,
        unit_price=Money(goods.price, currency),
        seen_price=Money(line.seen_price, currency),
        price_changed=line.seen_price != goods.price,
        list_total=Money(goods.price * line.quantity, currency),
        total=Money(row.total, currency) if row else None,
        extra=line.extra,
    )


def _unavailable(line: CartLineRow, refused: Unavailable, priced: Priced, locale: str) -> UnavailableView:
    goods = priced.goods.get(refused.line_id)
    return UnavailableView(
        line_id=line.id,
        sku_id=line.sku_id,
        store_id=line.store_id,
        product_id=goods.product_id if goods else None,
        name=text_of(goods.name, locale) if goods else "",
        options=goods.options if goods else {},
        image_url=goods.image_url if goods else "",
        quantity=line.quantity,
        selected=line.selected,
        reason=refused.reason,
        available=refused.available,
        extra=line.extra,
    )
