"""Notifications on their way to the mall: signed, sent over HTTP, and sent again until acknowledged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import httpx
from galleria.core.plugin_api import RefundState, db, new_token

from . import messages, queries, rules, service
from .queries import RefundRow, TransactionRow

log = logging.getLogger(__name__)

AT_ONCE = 3
"""Tries right after a payment; a later look at the page, or a query, makes one more."""

_TRY, _ALL = 5.0, 10.0
"""Seconds for one request, and for a delivery with all its messages and tries: a query has to answer in time."""


class Courier:
    """Carries notifications to addresses below `base_url`, and to no other.

    `transport` is how HTTP is spoken: None is the network; tests give `httpx.ASGITransport(app)` to reach an
    application in the same process, or a transport of their own that loses messages.
    """

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.base_url = base_url
        self.transport = transport

    async def deliver(
        self, attempt_id: UUID, now: Callable[[], datetime], *, tries: int = 1, again: bool = False
    ) -> bool:
        """Send what the mall has not acknowledged about an attempt, or everything `again`; False if any failed.

        `now` tells the mall's time. Call it after the change has committed, outside any transaction.
        """
        if db.current_transaction() is not None:
            raise RuntimeError("a notification must not be sent from inside a transaction")
        paid = await queries.transaction(attempt_id)
        if paid is None or not paid.captured:
            return True
        try:
            async with asyncio.timeout(_ALL):
                return await self._tell_all(paid, now, tries, again)
        except TimeoutError:
            log.warning("the mall takes too long to acknowledge notifications")
            return False

    async def _tell_all(self, paid: TransactionRow, now: Callable[[], datetime], tries: int, again: bool) -> bool:
        arrived = True
        if again or paid.owes_notification:
            arrived = await self._tell_capture(paid, now, tries)
        for refund in await queries.refunds_of(paid.attempt_id):
            if refund.owes_notification or (again and refund.state != RefundState.PENDING):
                arrived = await self._tell_refund(refund, now, tries) and arrived
        return arrived

    async def _tell_capture(self, paid: TransactionRow, now: Callable[[], datetime], tries: int) -> bool:
        arrived = await self._send(paid.notify_url, messages.capture_body(paid), now, tries)
        if arrived:
            await service.capture_told(paid.attempt_id, now=now())
        return arrived

    async def _tell_refund(self, settled: RefundRow, now: Callable[[], datetime], tries: int) -> bool:
        arrived = await self._send(settled.notify_url, messages.refund_body(settled), now, tries)
        if arrived:
            await service.refund_told(settled.refund_id, now=now())
        return arrived

    async def _send(self, url: str, body: bytes, now: Callable[[], datetime], tries: int) -> bool:
        if not rules.is_below(self.base_url, url):
            log.error("a notification's address is not the mall's own: %s", url)
            return False
        keys = await service.key_pair(now=now())
        failure = ""
        async with self._client() as client:
            for _ in range(tries):
                headers = keys.headers(body, timestamp=int(now().timestamp()), nonce=new_token())
                failure = await _failure(client, url, body, headers)
                if not failure:
                    return True
        level = logging.INFO if tries == 1 else logging.WARNING
        log.log(level, "a notification is still due: %s", failure)
        return False

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.transport, timeout=_TRY, trust_env=False, follow_redirects=False)


async def _failure(client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]) -> str:
    """Why the mall has not acknowledged a message; '' when it has."""
    try:
        answer = await client.post(url, content=body, headers=headers | {"Content-Type": "application/json"})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{type(error).__name__}: {error}"
    return "" if answer.is_success else f"the mall answered {answer.status_code} {answer.text[:200]}"
