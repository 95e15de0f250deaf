from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from galleria.core.plugin_api import (
    AttemptRequest,
    CaptureFact,
    Mall,
    Notification,
    NotificationRequest,
    RefundRequest,
    db,
    new_id,
)
from galleria_sandbox_pay import queries
from galleria_sandbox_pay.provider import SandboxProvider, provider_of
from galleria_sandbox_pay.queries import TransactionRow

NOTIFY_PATH = "/api/payments/notifications/sandbox_pay"
PREFIX = "/api/plugins/sandbox_pay"


class Mailbox(httpx.AsyncBaseTransport):
    """Takes what is sent. Answers `statuses` one after another, then 200; 0 breaks the line."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.statuses: list[int] = []
        self.inside: list[bool] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        self.inside.append(db.current_transaction() is not None)
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            raise httpx.ConnectError("the line is broken")
        return httpx.Response(status, json={"code": "SUCCESS"})


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def provider(mall: Mall, mailbox: Mailbox) -> Iterator[SandboxProvider]:
    """The running mall's sandbox; its notifications end in the mailbox."""
    sandbox = provider_of(mall.plugins.providers)
    kept = sandbox.courier.transport, sandbox.clock, sandbox.refunds_later
    sandbox.courier.transport, sandbox.clock = mailbox, mall.clock
    yield sandbox
    sandbox.courier.transport, sandbox.clock, sandbox.refunds_later = kept


@pytest.fixture
def attempt_of(mall: Mall, provider: SandboxProvider) -> Callable[..., AttemptRequest]:
    def make(**changed: object) -> AttemptRequest:
        values: dict[str, object] = {
            "attempt_id": new_id(),
            "amount": 2000,
            "currency": "CNY",
            "description": "Order 1",
            "expires_at": mall.now() + timedelta(minutes=30),
            "notify_url": provider.base_url + NOTIFY_PATH,
        }
        return AttemptRequest(**(values | changed))

    return make


@pytest.fixture
def opened(provider: SandboxProvider, attempt_of) -> Callable[..., Awaitable[TransactionRow]]:
    """An attempt that waits to be paid."""

    async def make(**changed: object) -> TransactionRow:
        attempt = attempt_of(**changed)
        await provider.create(attempt)
        return await queries.transaction_of(attempt.attempt_id)

    return make


@pytest.fixture
def read(mall: Mall, provider: SandboxProvider) -> Callable[..., Awaitable[Notification]]:
    """Verify a request that the courier sent, as the mall does."""

    async def parse(request: httpx.Request, **headers: str | None) -> Notification:
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {k: v for k, v in ({**request.headers} | changed).items() if v is not None}
        return await provider.parse_notification(
            NotificationRequest(headers=named, body=request.content, received_at=mall.now())
        )

    return parse


@pytest.fixture
def paid(api, opened) -> Callable[..., Awaitable[CaptureFact]]:
    """The capture of an attempt that has been paid, in full or with `part` minor units."""

    async def make(part: int | None = None, **changed: object) -> CaptureFact:
        transaction = await opened(**changed)
        answer = await api.post(f"{PREFIX}/pay/{transaction.token}/pay", {"amount": part})
        assert answer.status_code == 200, answer.text
        capture = (await queries.transaction_of(transaction.attempt_id)).capture
        assert capture is not None
        return capture

    return make


@pytest.fixture
def refund_of(provider: SandboxProvider) -> Callable[..., RefundRequest]:
    def make(capture: CaptureFact, amount: int, **changed: object) -> RefundRequest:
        values: dict[str, object] = {
            "refund_id": new_id(),
            "attempt_id": capture.attempt_id,
            "provider_transaction": capture.provider_transaction,
            "amount": amount,
            "captured": capture.amount,
            "currency": capture.currency,
            "reason": "return",
            "notify_url": provider.base_url + NOTIFY_PATH,
        }
        return RefundRequest(**(values | changed))

    return make
