"""HTTP routes of payments."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from .routes_notifications import notified
from .routes_shopper import make_attempt, my_payment, providers, refresh_payment
from .routes_staff import mall_payment, mall_payments, mall_refunds, retry_refund, store_ledger, store_refunds

ROUTES: Sequence[ControllerRouterHandler] = (
    providers,
    my_payment,
    make_attempt,
    refresh_payment,
    notified,
    mall_payments,
    mall_payment,
    mall_refunds,
    retry_refund,
    store_refunds,
    store_ledger,
)
