"""The one module of core that plugins import. Core itself never imports it.

Everything here is kept compatible within a version of the hooks; whatever is not here may change.
"""

from __future__ import annotations

from ..hookspecs import hookimpl
from .catalog.products import find as find_product
from .catalog.queries import Sellable, sellable
from .clock import Clock
from .dispatch.changes import rules_changed
from .dispatch.context import Context
from .errors import (
    Conflict,
    Forbidden,
    GalleriaError,
    Invalid,
    NotFound,
    PreconditionFailed,
    Problem,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from .http import cursors
from .http.access import OPERATOR, PUBLIC, SHOPPER, Access, staff
from .http.caller import Caller
from .http.etag import required_version, tagged, version_tag
from .http.idempotency import idempotent
from .http.locale import text_of
from .http.schemas import Amount as AmountField
from .http.schemas import Body, Page, Quantity, Texts
from .ids import new_id, new_token
from .inventory.service import available
from .mall import Mall
from .money import to_major
from .orders.queries import OrderRow, store_order
from .plugins.metadata import PluginInfo
from .plugins.registration import Permission, Routes, StartupContext
from .providers import (
    AttemptRequest,
    AttemptStarted,
    AttemptState,
    AttemptStatus,
    CaptureFact,
    InvalidNotification,
    Notification,
    NotificationRequest,
    PaymentProvider,
    ProviderError,
    RefundRequest,
    RefundState,
    RefundStatus,
)
from .settings import Settings
from .snapshots import OrderFact, OrderLine, OrderSnapshot, RefundedLine, RefundFact, Refusal, RepaidTender
from .storage import bulk, db
from .storage.invariants import Invariant
from .storage.raw_sql import sql_migration
from .stores.queries import StoreRow, stores_by_ids
from .types import (
    Adjustment,
    Amount,
    Ask,
    BuyGet,
    Effect,
    FixedPrice,
    Funder,
    LineKind,
    Measure,
    Money,
    Offer,
    Parcel,
    Per,
    Percent,
    Phase,
    PricedLine,
    PriceLine,
    PriceRequest,
    ShippingQuote,
    StoreTotals,
    TaxRow,
    Threshold,
    Tier,
    Tiered,
    Totals,
)

__all__ = [
    "OPERATOR", "PUBLIC", "SHOPPER", "Access", "Adjustment", "Amount", "AmountField", "Ask", "AttemptRequest",
    "AttemptStarted", "AttemptState", "AttemptStatus", "Body", "BuyGet", "Caller", "CaptureFact", "Clock", "Conflict",
    "Context", "Effect", "FixedPrice", "Forbidden", "Funder", "GalleriaError", "Invalid", "InvalidNotification",
    "Invariant", "LineKind", "Mall", "Measure", "Money", "NotFound", "Notification", "NotificationRequest", "Offer",
    "OrderFact", "OrderLine", "OrderRow", "OrderSnapshot", "Page", "Parcel", "PaymentProvider", "Per", "Percent",
    "Permission", "Phase", "PluginInfo", "PreconditionFailed", "PriceLine", "PriceRequest", "PricedLine", "Problem",
    "ProviderError", "Quantity", "RefundFact", "RefundRequest", "RefundState", "RefundStatus", "RefundedLine",
    "Refusal", "RepaidTender", "Routes", "Sellable", "Settings", "ShippingQuote", "StartupContext", "StoreRow",
    "StoreTotals", "TaxRow", "Texts", "Threshold", "Tier", "Tiered", "TooManyRequests", "Totals", "Unauthenticated",
    "Unavailable", "available", "bulk", "cursors", "db", "find_product", "hookimpl", "idempotent", "new_id",
    "new_token", "required_version", "rules_changed", "sellable", "sql_migration", "staff", "store_order",
    "stores_by_ids", "tagged", "text_of", "to_major", "version_tag",
]  # fmt: skip
