"""The notifications' bodies: written by the courier, read by the mall through the provider."""

from __future__ import annotations

import msgspec
from galleria.core.plugin_api import (
    CaptureFact,
    InvalidNotification,
    Notification,
    NotificationRequest,
    RefundStatus,
)
from msgspec import Struct

from . import rules
from .queries import RefundRow, TransactionRow
from .signing import TIMESTAMP, KeyPair


class CaptureMessage(Struct, frozen=True, tag_field="event", tag="payment.captured", forbid_unknown_fields=True):
    capture: CaptureFact


class RefundMessage(Struct, frozen=True, tag_field="event", tag="refund.settled", forbid_unknown_fields=True):
    refund: RefundStatus


def capture_body(paid: TransactionRow) -> bytes:
    if paid.capture is None:
        raise ValueError("nothing was captured")
    return msgspec.json.encode(CaptureMessage(paid.capture))


def refund_body(settled: RefundRow) -> bytes:
    return msgspec.json.encode(RefundMessage(settled.status))


def read(request: NotificationRequest, keys: KeyPair | None) -> Notification:
    """Verify a notification and read it. Raises InvalidNotification.

    A probe, which carries a signature that is none, is refused like every other wrong signature.
    """
    if not rules.is_fresh(request.headers.get(TIMESTAMP.lower(), ""), request.received_at):
        raise InvalidNotification("The time stamp is missing or too far from now.")
    if keys is None or not keys.accepts(request.headers, request.body):
        raise InvalidNotification("The signature is missing or wrong.")
    try:
        message = msgspec.json.decode(request.body, type=CaptureMessage | RefundMessage)
    except msgspec.DecodeError as error:
        raise InvalidNotification("The body is not a notification.") from error
    if isinstance(message, CaptureMessage):
        return Notification(capture=message.capture)
    return Notification(refund=message.refund)
