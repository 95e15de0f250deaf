from __future__ import annotations

import pytest
from galleria.core.errors import NotFound
from galleria.core.ids import new_id
from galleria.core.payments import service
from galleria.core.payments.service import OpenPayment


def wanted(desk, amount):
    now = desk.mall.now()
    return OpenPayment(
        id=new_id(), checkout_id=new_id(), account_id=desk.shopper.id, currency="CNY", amount=amount, expires_at=now
    )


async def test_many_payments_open_by_one_statement(desk, mall):
    """Each has the id that its caller chose, and nothing captured."""
    requests = [wanted(desk, amount) for amount in (100, 200, 300)]
    await service.open_payments(requests, now=mall.now())
    rows = [await desk.payment(request.id) for request in requests]
    assert [(row["amount"], row["state"], row["captured"]) for row in rows] == [
        (100, "open", 0), (200, "open", 0), (300, "open", 0),
    ]  # fmt: skip


async def test_nothing_due_opens_no_payment(desk, mall):
    """A checkout that tenders pay in full has no payment."""
    with pytest.raises(ValueError, match="nothing due"):
        await service.open_payments([wanted(desk, 0)], now=mall.now())


async def test_closing_a_payment_twice_answers_the_same(desk, mall):
    """Closing is idempotent."""
    payment_id = await desk.open()
    assert await service.close_payment(payment_id, now=mall.now())
    assert await service.close_payment(payment_id, now=mall.now())
    assert (await desk.payment(payment_id))["state"] == "closed"


async def test_a_paid_payment_is_not_closed(desk, mall):
    """The caller learns that it is too late."""
    payment_id = await desk.open()
    await desk.captured(payment_id, 2000)
    assert not await service.close_payment(payment_id, now=mall.now())
    assert (await desk.payment(payment_id))["state"] == "paid"


async def test_closing_gives_back_what_was_captured(desk, mall):
    """A partially paid payment that is given up refunds each of its captures."""
    payment_id = await desk.open()
    await desk.captured(payment_id, 300)
    await desk.captured(payment_id, 400)
    assert await service.close_payment(payment_id, now=mall.now())
    refunds = await desk.of(payment_id, "payment_refund")
    assert sorted((row["amount"], row["reason"]) for row in refunds) == [
        (300, "partial_payment"), (400, "partial_payment"),
    ]  # fmt: skip
    assert (await desk.payment(payment_id))["refunded"] == 700


async def test_closing_marks_live_attempts_to_be_closed(desk, mall):
    """What could still be paid at a provider is to be closed there."""
    payment_id = await desk.open()
    await desk.attempt(payment_id)
    await service.close_payment(payment_id, now=mall.now())
    [attempt] = await desk.of(payment_id, "payment_attempt")
    assert attempt["state"] == "closing"


async def test_closing_what_does_not_exist_is_refused(mall):
    """An unknown payment is not silently closed."""
    with pytest.raises(NotFound):
        await service.close_payment(new_id(), now=mall.now())
