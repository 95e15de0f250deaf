"""The sandbox and the mall together: payments and refunds through core, its notifications over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from galleria.core.ids import new_id
from galleria.core.payments import inquiries, payouts, service
from galleria.core.payments.invariants import INVARIANTS
from galleria.core.storage import db
from galleria.core.storage.invariants import violations
from galleria.core.testing.client import ok, problem

PREFIX = "/api/plugins/sandbox_pay"


async def all_of(sweeping, mall):
    """Sweep until nothing is due: the work of other tests may come first."""
    while await sweeping.sweep(mall):
        pass


class Till:
    """A shopper's payment of 2000 and what may be done with it."""

    def __init__(self, api, mall, payment_id: UUID) -> None:
        self.api = api
        self.mall = mall
        self.id = payment_id

    async def attempt(self, **body: str) -> str:
        """Make an attempt; return the path of its page."""
        made = ok(await self.api.post(f"/api/payments/{self.id}/attempts", {"provider": "sandbox_pay", **body}), 201)
        assert made["state"] == "pending"
        return urlsplit(made["client_data"]["pay_url"]).path

    async def shown(self) -> dict[str, Any]:
        return ok(await self.api.get(f"/api/payments/{self.id}"))

    async def refund(self, amount: int) -> None:
        """Apply the paid payment to one order, and refund a part of that."""
        now, order_id, store_id = self.mall.now(), new_id(), new_id()
        share = service.Share(order_id=order_id, store_id=store_id, amount=2000)
        await db.atomic(service.apply)(self.id, [share], now=now)
        await db.atomic(service.refund)(
            payment_id=self.id, request_id=new_id(), order_id=order_id, store_id=store_id, amount=amount,
            reason="return", now=now,
        )  # fmt: skip
        await all_of(payouts, self.mall)


@pytest.fixture
async def till(application, api, mall, provider, make_person):
    """The mall hears the sandbox's notifications; afterwards core's invariants hold over the whole database."""
    provider.courier.transport = httpx.ASGITransport(application)
    person, now = await make_person(), mall.now()
    payment_id = await service.open_payment(
        checkout_id=new_id(), account_id=person.id, currency="CNY", amount=2000,
        expires_at=now + timedelta(minutes=30), now=now,
    )  # fmt: skip
    yield Till(api.acting_as(person), mall, payment_id)
    assert await violations(INVARIANTS, mall.now()) == []


async def test_a_payment_is_paid_by_its_notification(till, api):
    """The buyer pays on the page, and the mall knows before the page has answered."""
    answer = ok(await api.post(f"{await till.attempt()}/pay"))
    assert answer["notified"] is True
    shown = await till.shown()
    assert (shown["state"], shown["captured"]["amount"]) == ("paid", 2000)


async def test_two_parts_pay_a_payment(till, api):
    """A part leaves the rest to be paid by another attempt."""
    ok(await api.post(f"{await till.attempt()}/pay", {"amount": 500}))
    assert (await till.shown())["due"]["amount"] == 1500
    page = await till.attempt()
    ok(await api.post(f"{page}/pay"))
    assert (await till.shown())["state"] == "paid"


async def test_repeated_notifications_capture_once(till, api):
    """`resend` is acknowledged and changes nothing."""
    page = await till.attempt()
    ok(await api.post(f"{page}/pay"))
    before = await till.shown()
    assert ok(await api.post(f"{page}/resend"))["notified"] is True
    assert await till.shown() == before


async def test_a_lost_notification_is_made_up_for_by_a_query(till, api, provider, mailbox, clock):
    """The mall asks by itself, and has the money although nobody told it."""
    mailbox.statuses = [0] * 10
    provider.courier.transport = mailbox
    assert ok(await api.post(f"{await till.attempt()}/pay"))["notified"] is False
    assert (await till.shown())["state"] == "open"
    clock.move(timedelta(minutes=1))
    await all_of(inquiries, till.mall)
    assert (await till.shown())["state"] == "paid"


async def test_a_declined_attempt_fails_and_another_pays(till, api, clock):
    """The mall learns of the refusal by asking; the payment stays open for another attempt."""
    ok(await api.post(f"{await till.attempt()}/decline"))
    clock.move(timedelta(minutes=1))
    await all_of(inquiries, till.mall)
    shown = await till.shown()
    assert (shown["state"], [one["state"] for one in shown["attempts"]]) == ("open", ["failed"])
    ok(await api.post(f"{await till.attempt()}/pay"))
    assert (await till.shown())["state"] == "paid"


async def test_an_attempt_of_a_closed_payment_cannot_be_paid(till, api):
    """Closing a payment closes its attempts at the sandbox."""
    page = await till.attempt()
    await db.atomic(service.close_payment)(till.id, now=till.mall.now())
    await all_of(inquiries, till.mall)
    problem(await api.post(f"{page}/pay"), 409, "sandbox_payment_not_payable")


async def test_a_late_payment_is_given_back(till, api):
    """Who pays after the mall has given up, but before it has closed the attempt, gets the money back."""
    page = await till.attempt()
    await db.atomic(service.close_payment)(till.id, now=till.mall.now())
    ok(await api.post(f"{page}/pay"))
    await all_of(payouts, till.mall)
    shown = await till.shown()
    assert (shown["state"], [(one["reason"], one["state"]) for one in shown["refunds"]]) == (
        "closed",
        [("late_payment", "succeeded")],
    )


async def test_a_refund_is_carried_out_at_once(till, api):
    """The sweep's call is enough."""
    ok(await api.post(f"{await till.attempt()}/pay"))
    await till.refund(700)
    assert [one["state"] for one in (await till.shown())["refunds"]] == ["succeeded"]


@pytest.mark.parametrize("end", ["succeeded", "failed"])
async def test_a_later_refund_ends_by_its_notification(till, api, provider, end):
    """It is under way until it is settled, and the mall hears how it ended."""
    provider.refunds_later = True
    page = await till.attempt()
    ok(await api.post(f"{page}/pay"))
    await till.refund(700)
    (refund,) = (await till.shown())["refunds"]
    assert refund["state"] in ("pending", "sent")
    (waiting,) = ok(await api.get(f"{page}/status"))["refunds"]
    assert (waiting["state"], waiting["amount"]) == ("pending", {"amount": 700, "currency": "CNY"})
    assert ok(await api.post(f"{PREFIX}/refunds/{waiting['id']}/settle", {"state": end}))["notified"] is True
    assert [one["state"] for one in (await till.shown())["refunds"]] == [end]


async def test_a_forged_notification_pays_nothing(till, api, provider):
    """Without the sandbox's signature the mall's door stays shut."""
    await till.attempt()
    answer = await api.post("/api/payments/notifications/sandbox_pay", content=b'{"event": "payment.captured"}')
    problem(answer, 400, "invalid_notification")
    assert (await till.shown())["state"] == "open"


async def test_the_page_leads_back_where_the_client_said(till, api):
    """The attempt's return address is used for a form."""
    page = await till.attempt(return_url="/pages/paid")
    assert (await api.post(f"{page}/pay", data={"amount": ""})).headers["location"] == "/pages/paid"
