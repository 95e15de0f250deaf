"""Orders as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from ..http.schemas import Body, Quantity
from ..types import Money

Carrier = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^\S")]
TrackingNumber = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._/-]+$")]


class ShippedBody(Body):
    line_id: UUID
    quantity: Quantity


class ParcelBody(Body):
    """A parcel; without `lines` (an empty list is refused), everything that is still to be sent."""

    carrier: Carrier
    tracking_number: TrackingNumber
    lines: Annotated[list[ShippedBody], Meta(min_length=1, max_length=500)] | None = None


class StoreView(Struct, kw_only=True):
    id: UUID
    slug: str
    name: str


class OrderLineView(Struct, kw_only=True):
    """A row: `total` is what its units cost together after all discounts."""

    id: UUID
    kind: str
    product_id: UUID | None
    sku_id: UUID | None
    sku_code: str
    name: str
    options: Mapping[str, str]
    extra: Mapping[str, Any]
    quantity: int
    list_price: Money
    total: Money
    shipped: int
    cancelled: int
    refunded: int


class AdjustmentView(Struct, kw_only=True):
    phase: int
    plugin: str
    code: str
    label: str
    amount: Money


class ParcelView(Struct, kw_only=True):
    id: UUID
    carrier: str
    tracking_number: str
    shipped_at: datetime
    received_at: datetime | None
    lines: list[Mapping[str, Any]]


class RefundView(Struct, kw_only=True):
    """`pending` until the provider has given the money back, then `settled`; `failed` wants staff's attention."""

    id: UUID
    number: str
    amount: Money
    money: Money
    tenders: Money
    reason: str
    restock: bool
    state: str
    created_at: datetime
    settled_at: datetime | None
    lines: list[Mapping[str, Any]]


class HistoryView(Struct, kw_only=True):
    kind: str
    from_state: str
    to_state: str
    actor: str
    data: Mapping[str, Any]
    at: datetime


class OrderSummary(Struct, kw_only=True):
    id: UUID
    number: str
    store: StoreView
    checkout_id: UUID
    state: str
    total: Money
    due: Money
    refunded: Money
    placed_at: datetime


class OrderView(OrderSummary, kw_only=True):
    """An order with everything that belongs to it. `buyer_id` is shown to staff."""

    goods: Money
    discounts: Money
    shipping: Money
    fees: Money
    tax: Money
    tenders: Money
    address: Mapping[str, Any] | None
    delivery_method: str
    location_id: UUID | None
    remark: str
    paid_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str
    lines: list[OrderLineView]
    adjustments: list[AdjustmentView]
    parcels: list[ParcelView]
    refunds: list[RefundView]
    history: list[HistoryView]
    buyer_id: UUID | None = None
