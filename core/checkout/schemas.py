"""Checkouts as the API takes and shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct, field

from ..http.schemas import Amount, Body, Quantity
from ..orders.schemas import OrderSummary
from ..pricing.views import AdjustmentView, RefusedView, TotalsView
from ..types import Money


class LineBody(Body):
    """A SKU to buy now, without the cart."""

    sku_id: UUID
    quantity: Quantity
    extra: dict[str, Any] = field(default_factory=dict)


class AskBody(Body):
    plugin: Annotated[str, Meta(max_length=80)]
    reference: Annotated[str, Meta(max_length=200)]
    store_id: UUID | None = None
    amount: Annotated[int, Meta(ge=0, le=10**15)] | None = None


class RemarkBody(Body):
    """What the buyer wants one store to know."""

    store_id: UUID
    text: Annotated[str, Meta(max_length=500)]


class BasketBody(Body, kw_only=True):
    """What is bought: `lines`, or without them the selected lines of the caller's cart."""

    lines: Annotated[list[LineBody], Meta(min_length=1, max_length=200)] | None = None
    asks: Annotated[list[AskBody], Meta(max_length=20)] = field(default_factory=list)
    address_id: UUID | None = None


class MoneyBody(Body):
    """An amount that the client states, in minor units."""

    amount: Amount
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]


class PlaceBody(BasketBody, kw_only=True):
    """`expected_total` is what the buyer was shown: another total is refused with the new quote."""

    expected_total: MoneyBody
    remarks: Annotated[list[RemarkBody], Meta(max_length=50)] = field(default_factory=list)


class CancelBody(Body):
    reason: Annotated[str, Meta(max_length=40)] = "changed_mind"


class RefundUnitsBody(Body):
    line_id: UUID
    quantity: Quantity


class RefundBody(Body):
    """Units to refund; without `lines` (an empty list is refused), everything that is left.

    `restock`: units that come back are fit for sale.
    """

    lines: Annotated[list[RefundUnitsBody], Meta(min_length=1, max_length=500)] | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=200)] = "refund"
    restock: bool = False


class QuoteLineView(Struct, kw_only=True):
    line_id: str
    sku_id: UUID | None
    kind: str
    store_id: UUID
    quantity: int
    list_total: Money
    total: Money


class QuoteView(Struct, kw_only=True):
    """A priced basket before it is placed. `unavailable` lists `{line_id, sku_id, reason, available}`.

    While `refused` is not empty, this cannot be placed.
    """

    lines: list[QuoteLineView]
    adjustments: list[AdjustmentView]
    unavailable: list[Mapping[str, Any]]
    refused: list[RefusedView]
    totals: TotalsView
    fingerprint: str


class CheckoutView(Struct, kw_only=True):
    """placed -> paid, or cancelled. `payment_id` is null when nothing was due."""

    id: UUID
    state: str
    total: Money
    due: Money
    payment_id: UUID | None
    address: Mapping[str, Any] | None
    expires_at: datetime
    created_at: datetime
    orders: list[OrderSummary]
