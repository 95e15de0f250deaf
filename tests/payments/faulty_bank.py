"""A provider whose line breaks before or after the work is done, whose own books are the truth about money."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec
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


class LineBroken(Exception):
    """Whether the work was done is not known to the caller."""


class FaultyBank:
    """While `faulty`, about a third of all calls fail: half of those after the work has been done."""

    label: ClassVar = {"zh-CN": "坏银行", "en": "Faulty bank"}
    merchant, app = "walk-merchant", "walk-app"

    def __init__(self, random: Random, now: Callable[[], object]) -> None:
        self.code = f"bank_{uuid4().hex[:8]}"
        self.random, self.now, self.faulty = random, now, True
        self.attempts: dict[UUID, AttemptRequest] = {}
        self.shut: set[UUID] = set()
        self.captures: dict[UUID, CaptureFact] = {}
        self.asked: dict[UUID, RefundRequest] = {}
        self.refunds: dict[UUID, RefundState] = {}
        self.post: list[bytes] = []
        self.complaints: list[str] = []

    async def _line(self) -> None:
        """The way there or back takes a while, and may break."""
        await asyncio.sleep(self.random.random() * 0.01)
        if self.faulty and self.random.random() < 0.2:
            raise LineBroken

    def _outside(self) -> None:
        if db.current_transaction() is not None:
            self.complaints.append("called inside a transaction")

    def pay(self, attempt_id: UUID, amount: int) -> None:
        """The buyer pays; the news is posted, and may be lost, late or repeated."""
        request = self.attempts[attempt_id]
        fact = CaptureFact(
            attempt_id=attempt_id,
            provider_transaction=uuid4().hex,
            amount=amount,
            currency=request.currency,
            merchant=self.merchant,
            app=self.app,
            captured_at=self.now(),
        )
        self.captures[attempt_id] = fact
        self.post.append(msgspec.json.encode(Notification(capture=fact)))

    def payable(self) -> list[UUID]:
        return sorted(set(self.attempts) - self.shut - set(self.captures))

    def returned(self, transaction: str) -> int:
        return sum(
            self.asked[identity].amount
            for identity, state in self.refunds.items()
            if state is RefundState.SUCCEEDED and self.asked[identity].provider_transaction == transaction
        )

    @property
    def holds(self) -> int:
        return sum(fact.amount - self.returned(fact.provider_transaction) for fact in self.captures.values())

    async def create(self, attempt: AttemptRequest) -> AttemptStarted:
        self._outside()
        await self._line()
        if self.faulty and self.random.random() < 0.05:
            raise ProviderError("this account is barred")
        known = self.attempts.setdefault(attempt.attempt_id, attempt)
        if (known.amount, known.currency) != (attempt.amount, attempt.currency):
            self.complaints.append("an attempt was created again with another amount")
        await self._line()
        return AttemptStarted(provider_reference=attempt.attempt_id.hex, client_data={"url": "x"})

    async def query(self, attempt_id: UUID) -> AttemptStatus:
        self._outside()
        await self._line()
        return self._status(attempt_id)

    async def close(self, attempt_id: UUID) -> AttemptStatus:
        self._outside()
        await self._line()
        if attempt_id in self.attempts and attempt_id not in self.captures:
            self.shut.add(attempt_id)
        await self._line()
        return self._status(attempt_id)

    def _status(self, attempt_id: UUID) -> AttemptStatus:
        if attempt_id in self.captures:
            return AttemptStatus(state=AttemptState.SUCCEEDED, capture=self.captures[attempt_id])
        if attempt_id in self.shut:
            return AttemptStatus(state=AttemptState.CLOSED)
        return AttemptStatus(state=AttemptState.PENDING if attempt_id in self.attempts else AttemptState.NOT_FOUND)

    async def refund(self, refund: RefundRequest) -> RefundStatus:
        self._outside()
        await self._line()
        if refund.refund_id not in self.asked:
            self._take(refund)
        elif self.asked[refund.refund_id] != refund:
            self.complaints.append("a refund was asked again with other words")
        await self._line()
        return self._refund_status(refund.refund_id)

    def _take(self, refund: RefundRequest) -> None:
        if self.faulty and self.random.random() < 0.1:
            self.asked[refund.refund_id], self.refunds[refund.refund_id] = refund, RefundState.FAILED
            raise ProviderError("the buyer's account is closed")
        captured = {fact.provider_transaction: fact.amount for fact in self.captures.values()}
        booked = sum(
            other.amount
            for identity, other in self.asked.items()
            if other.provider_transaction == refund.provider_transaction
            and self.refunds[identity] is not RefundState.FAILED
        )
        if booked + refund.amount > captured[refund.provider_transaction]:
            self.complaints.append("more was to be refunded than was captured")
        if refund.captured != captured[refund.provider_transaction]:
            self.complaints.append("a refund names another captured amount")
        self.asked[refund.refund_id] = refund
        slow = self.faulty and self.random.random() < 0.3
        self.refunds[refund.refund_id] = RefundState.PENDING if slow else RefundState.SUCCEEDED

    def finish_refunds(self) -> None:
        """What was slow is done, and half of it is told by a notification."""
        for identity, state in self.refunds.items():
            if state is RefundState.PENDING:
                failed = self.random.random() < 0.2
                self.refunds[identity] = RefundState.FAILED if failed else RefundState.SUCCEEDED
                if self.random.random() < 0.5:
                    self.post.append(msgspec.json.encode(Notification(refund=self._refund_status(identity))))

    async def query_refund(self, refund_id: UUID) -> RefundStatus:
        self._outside()
        await self._line()
        return self._refund_status(refund_id)

    def _refund_status(self, refund_id: UUID) -> RefundStatus:
        state = self.refunds.get(refund_id, RefundState.NOT_FOUND)
        if refund_id not in self.asked:
            return RefundStatus(refund_id=refund_id, state=state)
        asked = self.asked[refund_id]
        return RefundStatus(refund_id=refund_id, state=state, amount=asked.amount, currency=asked.currency)

    async def parse_notification(self, request: NotificationRequest) -> Notification:
        if request.headers.get("x-bank") != "signed":
            raise InvalidNotification
        return msgspec.json.decode(request.body, type=Notification)
