"""What is about to be bought, from the cart or without it, and its price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import asdict

from ..accounts import queries as accounts
from ..cart import queries as carts
from ..cart.choices import check_asks, check_extras
from ..cart.contents import CartContents, DeliveryChoice
from ..errors import Conflict, Invalid, NotFound
from ..mall import Mall
from ..pricing.service import SHIPPING, Priced, Wanted, price
from ..types import Ask
from .schemas import AskBody, BasketBody, LineBody


class Basket(Struct, frozen=True, kw_only=True):
    """Lines, asks and delivery choices; `cart_lines` are taken out of the cart, which was read at `cart_version`."""

    wanted: tuple[Wanted, ...]
    asks: tuple[Ask, ...] = ()
    delivery: Mapping[UUID, DeliveryChoice] = field(default_factory=dict)
    address: Mapping[str, Any] | None = None
    cart_id: UUID | None = None
    cart_version: int = 0
    cart_lines: tuple[UUID, ...] = ()


async def basket_of(mall: Mall, account_id: UUID, body: BasketBody) -> Basket:
    """Raises NotFound (`address_not_found`), Conflict (`cart_empty`), Invalid (`asks_are_in_the_cart`).

    Without the cart, also Invalid for what a cart would not take: `extra` data and asks of no plugin that is on.
    """
    address = await _address(account_id, body.address_id)
    if body.lines is not None:
        return await _direct(mall, body.lines, body.asks, address)
    if body.asks:
        raise Invalid("What the cart asks for is in the cart.", code="asks_are_in_the_cart")
    return _from_cart(await carts.contents(account_id), address)


async def _direct(
    mall: Mall, lines: Sequence[LineBody], asked: Sequence[AskBody], address: Mapping[str, Any] | None
) -> Basket:
    asks = tuple(Ask(**asdict(ask)) for ask in asked)
    await check_asks(mall, asks)
    await check_extras(mall, [(line.sku_id, line.extra) for line in lines])
    wanted = tuple(
        Wanted(line_id=f"line:{i}", sku_id=line.sku_id, quantity=line.quantity, extra=line.extra)
        for i, line in enumerate(lines)
    )
    return Basket(wanted=wanted, asks=asks, address=address)


def _from_cart(cart: CartContents | None, address: Mapping[str, Any] | None) -> Basket:
    lines = [line for line in cart.lines if line.selected] if cart else []
    if cart is None or not lines:
        raise Conflict("Nothing in the cart is selected.", code="cart_empty")
    return Basket(
        wanted=tuple(
            Wanted(line_id=str(line.id), sku_id=line.sku_id, quantity=line.quantity, extra=line.extra) for line in lines
        ),
        asks=cart.asks,
        delivery=cart.delivery,
        address=address,
        cart_id=cart.cart_id,
        cart_version=cart.version,
        cart_lines=tuple(line.id for line in lines),
    )


async def _address(account_id: UUID, address_id: UUID | None) -> Mapping[str, Any] | None:
    if address_id is None:
        return None
    found = await accounts.address(account_id, address_id)
    if found is None:
        raise NotFound("There is no such address.", code="address_not_found")
    row = asdict(found)
    return {name: row[name] for name in row if name not in ("id", "is_default", "created_at")}


async def price_basket(mall: Mall, basket: Basket, account_id: UUID, locale: str) -> Priced:
    """Price a basket; lines that cannot be sold are in `unavailable`."""
    return await price(
        mall,
        basket.wanted,
        shopper_id=account_id,
        locale=locale,
        asks=basket.asks,
        delivery={store_id: choice.method for store_id, choice in basket.delivery.items()},
        destination=basket.address,
    )


def method_of(basket: Basket, store_id: UUID) -> DeliveryChoice:
    return basket.delivery.get(store_id, DeliveryChoice(SHIPPING))
