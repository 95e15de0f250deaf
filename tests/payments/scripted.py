"""A provider that works in memory and misbehaves on request, and a desk that opens payments for tests."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from galleria.core.ids import new_id
from galleria.core.mall import Mall
from galleria.core.payments import captures, service
from galleria.core.payments.service import Share
from galleria.core.providers import (
    AttemptRequest,
    AttemptStarted,
    AttemptState,
    AttemptStatus,
    CaptureFact,
    InvalidNotification,
    Notification,
    NotificationRequest,
    ProviderError,
    RefundRequest,
    RefundState,
    RefundStatus,
)
from galleria.core.storage import db
from galleria.core.testing.factories import Person

KEY = b"the provider's key"


class Timeout(Exception):
    """The line to the provider broke; whether it did the work is unknown."""


class ScriptedProvider:
    """Keeps attempts, captures and refunds in memory.

    `faults` maps a method's name to what goes wrong, call by call: `before` (the line breaks, nothing is
    done), `after` (done, but the answer is lost), `refuse` (ProviderError).
    """

    merchant, app = "merchant-1", "app-1"

    def __init__(self, code: str) -> None:
        self.code = code
        self.label = {"zh-CN": "脚本支付", "en": "Scripted"}
        self.attempts: dict[UUID, AttemptRequest] = {}
        self.closed: set[UUID] = set()
        self.captures: dict[UUID, CaptureFact] = {}
        self.refunds: dict[UUID, RefundState] = {}
        self.calls: list[tuple[str, UUID]] = []
        self.faults: dict[str, list[str]] = {}
        self.outside: list[bool] = []
        self.refunds_answer = RefundState.SUCCEEDED

    def _called(self, method: str, identity: UUID) -> str:
        self.calls.append((method, identity))
        self.outside.append(db.current_transaction() is None)
        fault = (self.faults.get(method) or [""]).pop(0)
        if fault == "before":
            raise Timeout
        if fault == "refuse":
            raise ProviderError(f"{method} is refused")
        return fault

    @staticmethod
    def _answered(fault: str) -> None:
        if fault == "after":
            raise Timeout

    def pay(self, attempt_id: UUID, amount: int | None = None, **changed: Any) -> CaptureFact:
        """The buyer pays; the provider knows, the mall has not heard."""
        request = self.attempts.get(attempt_id)
        fact = CaptureFact(
            attempt_id=attempt_id,
            provider_transaction=uuid4().hex,
            amount=amount or (request.amount if request else 1),
            currency=request.currency if request else "CNY",
            merchant=self.merchant,
            app=self.app,
            captured_at=changed.pop("captured_at", None) or (request.expires_at if request else None),
        )
        fact = msgspec.structs.replace(fact, **changed)
        self.captures[attempt_id] = fact
        return fact

    async def create(self, attempt: AttemptRequest) -> AttemptStarted:
        fault = self._called("create", attempt.attempt_id)
        self.attempts[attempt.attempt_id] = attempt
        self._answered(fault)
        return AttemptStarted(provider_reference=f"ref-{attempt.attempt_id}", client_data={"pay": "here"})

    async def query(self, attempt_id: UUID) -> AttemptStatus:
        self._called("query", attempt_id)
        return self._status(attempt_id)

    async def close(self, attempt_id: UUID) -> AttemptStatus:
        fault = self._called("close", attempt_id)
        if attempt_id in self.attempts and attempt_id not in self.captures:
            self.closed.add(attempt_id)
        self._answered(fault)
        return self._status(attempt_id)

    def _status(self, attempt_id: UUID) -> AttemptStatus:
        if attempt_id in self.captures:
            return AttemptStatus(state=AttemptState.SUCCEEDED, capture=self.captures[attempt_id])
        if attempt_id in self.closed:
            return AttemptStatus(state=AttemptState.CLOSED)
        known = attempt_id in self.attempts
        return AttemptStatus(state=AttemptState.PENDING if known else AttemptState.NOT_FOUND)

    async def refund(self, refund: RefundRequest) -> RefundStatus:
        fault = self._called("refund", refund.refund_id)
        self.refunds.setdefault(refund.refund_id, self.refunds_answer)
        self._answered(fault)
        return self._refund_status(refund.refund_id)

    async def query_refund(self, refund_id: UUID) -> RefundStatus:
        self._called("query_refund", refund_id)
        return self._refund_status(refund_id)

    def _refund_status(self, refund_id: UUID) -> RefundStatus:
        return RefundStatus(refund_id=refund_id, state=self.refunds.get(refund_id, RefundState.NOT_FOUND))

    async def parse_notification(self, request: NotificationRequest) -> Notification:
        signature = hmac.new(KEY, request.body, hashlib.sha256).hexdigest()
        if request.headers.get("x-signature") != signature:
            raise InvalidNotification
        return msgspec.json.decode(request.body, type=Notification)

    def signed(self, capture: CaptureFact | None = None, refund: RefundStatus | None = None) -> dict[str, Any]:
        """Arguments for `api.post`: a notification as this provider sends it."""
        body = msgspec.json.encode(Notification(capture=capture, refund=refund))
        return {"content": body, "headers": {"X-Signature": hmac.new(KEY, body, hashlib.sha256).hexdigest()}}

    @property
    def notify_path(self) -> str:
        return f"/api/payments/notifications/{self.code}"


class Desk:
    """Opens and pays payments without HTTP, and reads rows back."""

    def __init__(self, mall: Mall, provider: ScriptedProvider, shopper: Person) -> None:
        self.mall = mall
        self.provider = provider
        self.shopper = shopper

    async def open(self, amount: int = 2000, minutes: int = 30) -> UUID:
        now = self.mall.now()
        return await service.open_payment(
            checkout_id=new_id(),
            account_id=self.shopper.id,
            currency="CNY",
            amount=amount,
            expires_at=now + timedelta(minutes=minutes),
            now=now,
        )

    async def attempt(self, payment_id: UUID, state: str = "pending") -> UUID:
        """An attempt that the provider knows, without calling it."""
        attempt_id, now = new_id(), self.mall.now()
        payment = await self.payment(payment_id)
        await db.execute(
            "INSERT INTO payment_attempt (id, payment_id, provider, merchant, app, amount, currency, state, "
            "return_url, provider_reference, client_data, tries, next_at, error, created_at, updated_at) "
            "VALUES ($1, $2, $3, 'merchant-1', 'app-1', $4, 'CNY', $6, '', '', '{}', 0, $5, '', $5, $5)",
            attempt_id, payment_id, self.provider.code, payment["amount"], now, state,
        )  # fmt: skip
        self.provider.attempts[attempt_id] = AttemptRequest(
            attempt_id=attempt_id,
            amount=payment["amount"],
            currency="CNY",
            description="",
            expires_at=payment["expires_at"],
            notify_url="",
        )
        return attempt_id

    async def captured(self, payment_id: UUID, amount: int) -> CaptureFact:
        fact = self.provider.pay(await self.attempt(payment_id), amount)
        assert await captures.record_capture(self.mall, self.provider.code, fact)
        return fact

    async def applied(self, amount: int = 2000, parts: tuple[int, ...] = ()) -> tuple[UUID, Share]:
        """A paid payment that has been applied to one order."""
        payment_id = await self.open(amount)
        for part in parts or (amount,):
            await self.captured(payment_id, part)
        share = Share(order_id=new_id(), store_id=new_id(), amount=amount)
        await service.apply(payment_id, [share], now=self.mall.now())
        return payment_id, share

    async def refund(self, payment_id: UUID, share: Share, amount: int, request_id: UUID | None = None) -> UUID:
        request_id = request_id or new_id()
        await db.atomic(service.refund)(
            payment_id=payment_id,
            request_id=request_id,
            order_id=share.order_id,
            store_id=share.store_id,
            amount=amount,
            reason="return",
            now=self.mall.now(),
        )
        return request_id

    async def payment(self, payment_id: UUID) -> dict[str, Any]:
        row = await db.fetch_row("SELECT * FROM payment WHERE id = $1", payment_id)
        assert row is not None
        return dict(row)

    async def of(self, payment_id: UUID, table: str) -> list[dict[str, Any]]:
        sql = f"SELECT * FROM {table} WHERE payment_id = $1 ORDER BY id"
        rows = await db.fetch(sql, payment_id)
        return [dict(row) for row in rows]

    async def balance(self, payment_id: UUID, account: str) -> int:
        sql = "SELECT COALESCE(sum(amount), 0) FROM ledger_entry WHERE payment_id = $1 AND account = $2"
        return int(await db.fetch_value(sql, payment_id, account))

    async def facts(self, subject_id: UUID, kind: str) -> list[dict[str, Any]]:
        sql = "SELECT payload FROM outbox_event WHERE subject_id = $1 AND kind = $2 ORDER BY id"
        return [row["payload"] for row in await db.fetch(sql, subject_id, kind)]

    @db.atomic
    async def forget(self, payment_id: UUID) -> None:
        """Take away what a control has broken, past the ledger's guard."""
        await db.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_kept")
        for table in ("ledger_entry", "payment_refund", "payment_capture", "payment_attempt"):
            await db.execute(f"DELETE FROM {table} WHERE payment_id = $1", payment_id)
        await db.execute("DELETE FROM payment WHERE id = $1", payment_id)
        await db.execute("ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_kept")
