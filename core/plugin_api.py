"""The one module of core that plugins import. Core itself never imports it.

Everything here is kept compatible within a version of the hooks; whatever is not here may change.
"""

from __future__ import annotations

from ..hookspecs import Routes, StartupContext, hookimpl
from .clock import Clock
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
from .http.access import OPERATOR, PUBLIC, SHOPPER, Access, staff
from .http.caller import Caller
from .http.idempotency import idempotent
from .http.schemas import Amount, Body, Page, Quantity, Texts
from .ids import new_id, new_token
from .mall import Mall
from .plugins.metadata import PluginInfo
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
from .storage import db
from .storage.raw_sql import sql_migration
from .types import Money

__all__ = [
    "OPERATOR", "PUBLIC", "SHOPPER", "Access", "Amount", "AttemptRequest", "AttemptStarted", "AttemptState",
    "AttemptStatus", "Body", "Caller", "CaptureFact", "Clock", "Conflict", "Forbidden", "GalleriaError", "Invalid",
    "InvalidNotification", "Mall", "Money", "NotFound", "Notification", "NotificationRequest", "Page",
    "PaymentProvider", "PluginInfo", "PreconditionFailed", "Problem", "ProviderError", "Quantity", "RefundRequest",
    "RefundState", "RefundStatus", "Routes", "Settings", "StartupContext", "Texts", "TooManyRequests",
    "Unauthenticated", "Unavailable", "db", "hookimpl", "idempotent", "new_id", "new_token", "sql_migration", "staff",
]  # fmt: skip
