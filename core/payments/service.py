"""What other domains ask of payments. Each runs inside the caller's transaction."""

from __future__ import annotations

from .applying import Share, apply
from .opening import OpenPayment, close_payment, open_payment, open_payments
from .refunds import refund

__all__ = ["OpenPayment", "Share", "apply", "close_payment", "open_payment", "open_payments", "refund"]
