"""The sandbox as core sees it: a payment provider."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from galleria.core.plugin_api import (
    AttemptRequest,
    AttemptStarted,
    AttemptState,
    AttemptStatus,
    Clock,
    Notification,
    NotificationRequest,
    ProviderError,
    RefundRequest,
    RefundState,
    RefundStatus,
    StartupContext,
)

from . import messages, queries, rules, service
from .courier import Courier


class SandboxProvider:
    """A `PaymentProvider` that takes play money on a page of its own and tells the mall by signed notifications.

    `transport` is for tests (`Courier` says how). `refunds_later` leaves refunds pending until they are
    settled by hand. `clock` tells the time where no request's mall does.
    """

    code = rules.CODE
    label: Mapping[str, str] = {"zh-CN": "沙盒支付（测试）", "en": "Sandbox (test money)"}
    merchant = rules.MERCHANT
    app = rules.APP

    def __init__(
        self,
        ctx: StartupContext,
        *,
        refunds_later: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.mall_url = ctx.mall_url
        self.base_url = ctx.settings.base_url
        self.refunds_later = refunds_later
        self.clock = clock or Clock()
        self.courier = Courier(self.base_url, transport)

    def page_path(self, token: str) -> str:
        """Where a payment's page is on its host."""
        return f"{urlsplit(self.mall_url).path}/pay/{token}"

    async def create(self, attempt: AttemptRequest) -> AttemptStarted:
        """`client_data` has `pay_url`, the address of the page."""
        self._check(attempt.amount, attempt.notify_url)
        return_url = rules.safe_return_url(attempt.return_url, self.base_url)
        opened = await service.open_transaction(attempt, return_url=return_url, now=self._now())
        return AttemptStarted(
            provider_reference=opened.token, client_data={"pay_url": f"{self.mall_url}/pay/{opened.token}"}
        )

    async def query(self, attempt_id: UUID) -> AttemptStatus:
        """Also sends again what the mall has not acknowledged; an attempt past its time is closed by this."""
        found = await service.expire(attempt_id, now=self._now())
        if found is None:
            return AttemptStatus(state=AttemptState.NOT_FOUND)
        await self.courier.deliver(attempt_id, self._now)
        return found.status

    async def close(self, attempt_id: UUID) -> AttemptStatus:
        found = await service.close(attempt_id)
        return AttemptStatus(state=AttemptState.NOT_FOUND) if found is None else found.status

    async def refund(self, refund: RefundRequest) -> RefundStatus:
        self._check(refund.amount, refund.notify_url)
        made = await service.refund(refund, later=self.refunds_later, now=self._now())
        return made.status

    async def query_refund(self, refund_id: UUID) -> RefundStatus:
        found = await queries.refund(refund_id)
        if found is None:
            return RefundStatus(refund_id=refund_id, state=RefundState.NOT_FOUND)
        await self.courier.deliver(found.attempt_id, self._now)
        return found.status

    async def parse_notification(self, request: NotificationRequest) -> Notification:
        return messages.read(request, await queries.key_pair())

    async def pay_as_buyer(self, attempt_id: UUID) -> None:
        """Pay all that is due, as the page does, where nobody is at hand; again changes nothing.

        Nothing is sent: the caller has the mall ask. Raises NotFound and Conflict (`sandbox_payment_not_payable`).
        """
        found = await queries.transaction(attempt_id)
        await service.pay(found.token if found else "", None, now=self._now())

    def _now(self) -> datetime:
        return self.clock.now()

    def _check(self, amount: int, notify_url: str) -> None:
        if amount <= 0:
            raise ProviderError("An amount is above zero.")
        if not rules.is_below(self.base_url, notify_url):
            raise ProviderError(f"Notifications go to addresses below {self.base_url}/ only.")


def provider_of(providers: Mapping[str, Any]) -> SandboxProvider:
    """The sandbox among the mall's providers, so that its routes and core use the same one."""
    found = providers[rules.CODE]
    if not isinstance(found, SandboxProvider):
        raise TypeError(f"the provider {rules.CODE} is a {type(found).__name__}")
    return found
