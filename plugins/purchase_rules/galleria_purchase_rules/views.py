"""Rows as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from galleria.core.plugin_api import Money
from msgspec.structs import asdict

from . import hours
from .alerts import Standing
from .limits import Limit
from .queries import AlertRow, LimitRow, ReviewRow
from .schemas import (
    LowStockAlert,
    LowStockStanding,
    OrderReview,
    PurchaseLimit,
    PurchaseLimitTerms,
    PurchaseSaleWindow,
    PurchaseTerms,
)
from .settings import PurchaseRules


def limit(row: LimitRow) -> PurchaseLimit:
    return PurchaseLimit(**asdict(row))


def terms(settings: PurchaseRules, currency: str, limits: Iterable[Limit], now: datetime) -> PurchaseTerms:
    windows, zone = settings.sale_hours, settings.zone
    sold = hours.is_open(windows, zone, now)
    return PurchaseTerms(
        minimum_order=Money(settings.minimum_order, currency),
        time_zone=settings.time_zone,
        sale_hours=[PurchaseSaleWindow(**asdict(window)) for window in windows],
        open=sold,
        opens_at=None if sold else hours.opens_at(windows, zone, now),
        limits=[
            PurchaseLimitTerms(sku_id=row.sku_id, product_id=row.product_id, period=row.period, quantity=row.quantity)
            for row in limits
        ],
    )


def alert(row: AlertRow) -> LowStockAlert:
    return LowStockAlert(
        sku_id=row.sku_id,
        order_id=row.order_id,
        available=row.available,
        low_at=row.low_at,
        raised_at=row.raised_at,
    )


def standing(found: Standing) -> LowStockStanding:
    return LowStockStanding(**asdict(alert(found.alert)), available_now=found.free)


def review(row: ReviewRow) -> OrderReview:
    return OrderReview(
        order_id=row.order_id,
        number=row.number,
        total=Money(row.total, row.currency),
        placed_at=row.placed_at,
        released_at=row.released_at,
        released_by=row.released_by,
    )
