"""Bodies and answers of the plugin's routes. Names bear the plugin's matter: an API document has each once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from galleria.core.plugin_api import Body, Money, Quantity
from msgspec import Struct

from .hours import Period


class PurchaseLimitBody(Body, kw_only=True):
    """A limit on a SKU or on a product: one of the two. Each shopper gets `quantity` units in each `period`."""

    sku_id: UUID | None = None
    product_id: UUID | None = None
    period: Period
    quantity: Quantity


class PurchaseLimitEdit(Body):
    """How much is allowed from now on. What a limit is on, and its period, stay."""

    quantity: Quantity


class PurchaseLimit(Struct, kw_only=True):
    """`version` goes into If-Match."""

    id: UUID
    sku_id: UUID | None
    product_id: UUID | None
    period: Period
    quantity: int
    version: int
    created_at: datetime
    updated_at: datetime


class PurchaseLimitTerms(Struct, kw_only=True):
    """A limit as shoppers see it."""

    sku_id: UUID | None
    product_id: UUID | None
    period: Period
    quantity: int


class PurchaseSaleWindow(Struct, kw_only=True, rename={"start": "from", "end": "to"}):
    """Local times between which is sold."""

    weekday: str
    start: str
    end: str


class PurchaseTerms(Struct, kw_only=True):
    """What applies to every order of the store, and the limits on what was asked about.

    `opens_at` is when sales begin again; null while the store sells, and if it does not within a week.
    """

    minimum_order: Money
    time_zone: str
    sale_hours: list[PurchaseSaleWindow]
    open: bool
    opens_at: datetime | None
    limits: list[PurchaseLimitTerms]


class LowStockAlert(Struct, kw_only=True):
    """`available` units were left when the order `order_id` was told of, at or below `low_at`."""

    sku_id: UUID
    order_id: UUID
    available: int
    low_at: int
    raised_at: datetime


class LowStockStanding(LowStockAlert, kw_only=True):
    """An open alert. `available_now` is what can be sold at this moment."""

    available_now: int


class OrderReview(Struct, kw_only=True):
    """An order that may be sent once `released_at` is set."""

    order_id: UUID
    number: str
    total: Money
    placed_at: datetime
    released_at: datetime | None
    released_by: UUID | None
