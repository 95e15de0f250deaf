"""Requests and answers about carts. Texts are in the language of the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from ..http.schemas import Body, Quantity
from ..pricing.views import AdjustmentView, RefusedView, TotalsView
from ..types import Ask, Money


class NewLine(Body):
    """Units to add. `extra` has data for plugins, by plugin name."""

    sku_id: UUID
    quantity: Quantity
    extra: dict[str, Any] = field(default_factory=dict)


class LineChange(Body):
    quantity: Quantity | UnsetType = UNSET
    selected: bool | UnsetType = UNSET


class AskBody(Body):
    """What is asked of a plugin, in one store or (without `store_id`) in the mall.

    `reference` has 1 to 200 characters; `amount` is in the plugin's own unit: points, or minor units.
    """

    plugin: str
    reference: str
    store_id: UUID | None = None
    amount: int | None = None


class DeliveryBody(Body):
    method: Annotated[str, Meta(min_length=1, max_length=40)]
    location_id: UUID | None = None


class LineView(Struct, kw_only=True):
    """A line that can be bought. `total` is after discounts; null when the line is not selected."""

    line_id: UUID
    sku_id: UUID
    product_id: UUID
    sku_code: str
    name: str
    options: Mapping[str, str]
    image_url: str
    quantity: int
    selected: bool
    unit_price: Money
    seen_price: Money
    price_changed: bool
    list_total: Money
    total: Money | None
    extra: Mapping[str, Any]


class UnavailableView(Struct, kw_only=True):
    """A line that cannot be bought now, and why. Of a SKU that was deleted nothing more is known."""

    line_id: UUID
    sku_id: UUID
    store_id: UUID
    product_id: UUID | None
    name: str
    options: Mapping[str, str]
    image_url: str
    quantity: int
    selected: bool
    reason: str
    available: int | None
    extra: Mapping[str, Any]


class StoreName(Struct, kw_only=True):
    id: UUID
    slug: str
    name: str


class ShippingView(Struct, kw_only=True):
    """How a store's goods travel, and what that costs before discounts."""

    method: str
    location_id: UUID | None
    amount: Money


class StoreView(Struct, kw_only=True):
    """One store's part of a cart."""

    store: StoreName
    lines: list[LineView]
    shipping: ShippingView
    totals: TotalsView


class CartView(Struct, kw_only=True):
    """A priced cart. `version` is what `If-Match: "v<version>"` names; 0 while nothing was put in."""

    cart_id: UUID | None
    version: int
    stores: list[StoreView]
    unavailable: list[UnavailableView]
    adjustments: list[AdjustmentView]
    refused: list[RefusedView]
    asks: list[Ask]
    totals: TotalsView


class OpenedCart(Struct, kw_only=True):
    """A new anonymous cart. Keep the token: it is sent as `X-Cart-Token`, and not shown again."""

    token: str
    cart: CartView
