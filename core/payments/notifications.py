"""Notifications: the provider verifies, core compares with its own rows, and the fact is recorded first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
import structlog

from ..errors import NotFound, Problem
from ..mall import Mall
from ..providers import InvalidNotification, Notification, NotificationRequest
from .captures import record_capture
from .payout_records import record_refund

log = structlog.get_logger(__name__)

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def accept(mall: Mall, code: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, Any] | str:
    """Record what a notification says; return what the provider wants to hear. A replay is a success too.

    Raises NotFound (`unknown_provider`), InvalidNotification, NotificationMismatch.
    """
    provider = mall.plugins.providers.get(code)
    if provider is None:
        raise NotFound("There is no such way to pay.", code="unknown_provider")
    request = NotificationRequest(headers=headers, body=body, received_at=mall.now())
    try:
        notification = await provider.parse_notification(request)
    except (Problem, *_AWAY):
        raise
    except Exception as error:  # foreign code on a stranger's bytes: whatever it is, the message is not verified
        log.warning("notification_unreadable", provider=code, exc_info=error)
        raise InvalidNotification from error
    await _record(mall, code, notification)
    return notification.answer


async def _record(mall: Mall, code: str, notification: Notification) -> None:
    if notification.capture is not None:
        await record_capture(mall, code, notification.capture)
    if notification.refund is not None:
        await record_refund(mall, code, notification.refund)
