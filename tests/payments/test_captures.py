from __future__ import annotations

import asyncio

import pytest
from galleria.core.ids import new_id
from galleria.core.payments import captures, opening, service
from galleria.core.payments.captures import NotificationMismatch, record_capture
from msgspec.structs import replace


async def test_a_full_capture_pays_and_tells_once(desk, mall, provider):
    """A capture of what is due makes the payment paid, publishes payment.paid, and stands in the ledger."""
    payment_id = await desk.open(2000)
    await desk.captured(payment_id, 2000)
    payment = await desk.payment(payment_id)
    assert (payment["state"], payment["captured"]) == ("paid", 2000)
    told = {"payment_id": str(payment_id), "checkout_id": str(payment["checkout_id"])}
    assert await desk.facts(payment_id, "payment.paid") == [told]
    assert await desk.balance(payment_id, f"provider:{provider.code}") == 2000
    assert await desk.balance(payment_id, "clearing") == -2000


async def test_a_one_yuan_payment_does_not_pay_a_2000_yuan_order(desk):
    """A genuine capture of less than what is due leaves the payment partially paid, and nobody is told of a payment."""
    payment_id = await desk.open(200_000)
    await desk.captured(payment_id, 100)
    payment = await desk.payment(payment_id)
    assert (payment["state"], payment["captured"]) == ("partially_paid", 100)
    assert await desk.facts(payment_id, "payment.paid") == []


async def test_captures_add_up(desk):
    """Two captures that together are what is due pay it; the second one tells."""
    payment_id = await desk.open(2000)
    await desk.captured(payment_id, 500)
    await desk.captured(payment_id, 1500)
    assert (await desk.payment(payment_id))["state"] == "paid"
    assert len(await desk.facts(payment_id, "payment.paid")) == 1


async def test_a_replayed_capture_changes_nothing(desk, mall, provider):
    """The same transaction again is acknowledged and not counted."""
    payment_id = await desk.open(2000)
    fact = await desk.captured(payment_id, 1000)
    assert not await record_capture(mall, provider.code, fact)
    assert (await desk.payment(payment_id))["captured"] == 1000
    assert len(await desk.of(payment_id, "payment_capture")) == 1


async def test_the_same_capture_arriving_eight_times_at_once_is_recorded_once(desk, mall, provider):
    """Concurrent deliveries of one notification make one capture and one fact."""
    payment_id = await desk.open(2000)
    fact = provider.pay(await desk.attempt(payment_id))
    recorded = await asyncio.gather(*(record_capture(mall, provider.code, fact) for _ in range(8)))
    assert sorted(recorded) == [False] * 7 + [True]
    assert (await desk.payment(payment_id))["captured"] == 2000
    assert len(await desk.facts(payment_id, "payment.paid")) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": 0},
        {"amount": -2000},
        {"amount": 10**15 + 1},
        {"currency": "USD"},
        {"merchant": "merchant-2"},
        {"app": "app-2"},
        {"attempt_id": new_id()},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_a_capture_with_a_wrong_amount_currency_merchant_app_or_order_is_refused(desk, mall, provider, changed):
    """What does not agree with the mall's own row of the attempt records nothing."""
    payment_id = await desk.open(2000)
    fact = provider.pay(await desk.attempt(payment_id))
    with pytest.raises(NotificationMismatch):
        await record_capture(mall, provider.code, replace(fact, **changed))
    assert (await desk.payment(payment_id))["state"] == "open"
    assert await desk.of(payment_id, "payment_capture") == []


async def test_a_capture_told_by_another_provider_is_refused(desk, mall, provider):
    """An attempt belongs to the provider at which it was made."""
    payment_id = await desk.open(2000)
    fact = provider.pay(await desk.attempt(payment_id))
    with pytest.raises(NotificationMismatch):
        await record_capture(mall, "somebody_else", fact)


@pytest.mark.parametrize("other", ["attempt", "amount"])
async def test_a_transaction_is_not_used_for_another_attempt_or_amount(desk, mall, provider, other):
    """A transaction that has paid one attempt cannot pay a second one, nor grow."""
    fact = await desk.captured(await desk.open(2000), 1000)
    victim = await desk.open(2000)
    changed = {"attempt_id": await desk.attempt(victim)} if other == "attempt" else {"amount": 2000}
    with pytest.raises(NotificationMismatch):
        await record_capture(mall, provider.code, replace(fact, **changed))
    assert (await desk.payment(victim))["captured"] == 0


async def test_a_payment_that_succeeds_after_the_time_out_cancel_is_refunded(desk, mall, provider):
    """Late money is recorded and given back in the same transaction; the payment stays closed."""
    payment_id = await desk.open(2000)
    fact = provider.pay(await desk.attempt(payment_id))
    assert await service.close_payment(payment_id, now=mall.now())
    assert await record_capture(mall, provider.code, fact)
    payment = await desk.payment(payment_id)
    assert (payment["state"], payment["captured"], payment["refunded"]) == ("closed", 2000, 2000)
    [refund] = await desk.of(payment_id, "payment_refund")
    assert (refund["reason"], refund["amount"], refund["state"]) == ("late_payment", 2000, "pending")
    assert await desk.facts(payment_id, "payment.paid") == []


async def test_what_is_above_the_amount_goes_back(desk):
    """A shopper who pays twice, or too much, gets the excess of that capture back; the payment is paid once."""
    payment_id = await desk.open(2000)
    await desk.captured(payment_id, 1500)
    await desk.captured(payment_id, 700)
    await desk.captured(payment_id, 2000)
    refunds = await desk.of(payment_id, "payment_refund")
    assert [(row["amount"], row["reason"]) for row in refunds] == [(200, "overpaid"), (2000, "overpaid")]
    assert await desk.balance(payment_id, "clearing") == -2000
    assert len(await desk.facts(payment_id, "payment.paid")) == 1


async def test_being_paid_closes_the_other_attempts(desk):
    """Once nothing is due, what could still be paid is to be closed at the provider."""
    payment_id = await desk.open(2000)
    other = await desk.attempt(payment_id)
    await desk.captured(payment_id, 2000)
    states = {row["id"]: row["state"] for row in await desk.of(payment_id, "payment_attempt")}
    assert states.pop(other) == "closing"
    assert list(states.values()) == ["succeeded"]


async def _pay_while_cancelling(desk, mall, provider):
    payment_id = await desk.open(2000)
    fact = provider.pay(await desk.attempt(payment_id))
    closing = service.close_payment(payment_id, now=mall.now())
    closed, _ = await asyncio.gather(closing, record_capture(mall, provider.code, fact))
    return payment_id, closed


async def test_a_time_out_cancel_does_not_overwrite_a_concurrent_payment(desk, mall, provider):
    """Cancel and capture at the same moment: either it is paid and the cancel refused, or closed and refunded."""
    for _ in range(12):
        payment_id, closed = await _pay_while_cancelling(desk, mall, provider)
        payment = await desk.payment(payment_id)
        told = len(await desk.facts(payment_id, "payment.paid"))
        assert payment["captured"] == 2000
        assert (payment["state"], payment["refunded"], told) == (("closed", 2000, 0) if closed else ("paid", 0, 1))


async def test_control_without_compare_and_set_a_cancel_overwrites_the_payment(desk, mall, provider, monkeypatch):
    """A cancel that read before the capture and writes after it, unconditionally, closes what was paid and told."""
    unguarded = opening._CLOSE.replace("AND state IN ('open', 'partially_paid')", "")
    assert unguarded != opening._CLOSE
    monkeypatch.setattr(opening, "_CLOSE", unguarded)
    payment_id = await desk.open()
    await desk.captured(payment_id, 2000)
    assert await service.close_payment(payment_id, now=mall.now())
    told = await desk.facts(payment_id, "payment.paid")
    state = (await desk.payment(payment_id))["state"]
    await desk.forget(payment_id)
    assert (state, len(told)) == ("closed", 1)


async def _two_captures_at_once(desk, mall, provider):
    payment_id = await desk.open(2000)
    facts = [provider.pay(await desk.attempt(payment_id), 1000) for _ in range(2)]
    await asyncio.gather(*(record_capture(mall, provider.code, fact) for fact in facts))
    payment = await desk.payment(payment_id)
    return payment_id, payment["state"], payment["captured"]


async def test_two_captures_at_once_both_count(desk, mall, provider):
    """Each sees what the other has added: together they pay."""
    for _ in range(8):
        payment_id, state, captured = await _two_captures_at_once(desk, mall, provider)
        assert (state, captured) == ("paid", 2000)
        assert len(await desk.facts(payment_id, "payment.paid")) == 1


async def test_control_without_lock_and_compare_one_of_two_captures_is_lost(desk, mall, provider, monkeypatch):
    """Both read before either writes, as unlucky timing has it: half of the money is nowhere."""
    readers, count = asyncio.Barrier(2), captures._count

    async def count_together(*arguments):
        await readers.wait()
        await count(*arguments)

    monkeypatch.setattr(captures, "_count", count_together)
    monkeypatch.setattr(captures, "_LOCK", captures._LOCK.replace("FOR UPDATE", ""))
    unguarded = captures._COUNT.replace("captured = captured + $2", "captured = $5::bigint + $2")
    unguarded = unguarded.replace("AND state = $4 AND captured = $5", "AND $4::text IS NOT NULL")
    monkeypatch.setattr(captures, "_COUNT", unguarded)
    payment_id, state, captured = await _two_captures_at_once(desk, mall, provider)
    await desk.forget(payment_id)
    assert (state, captured) == ("partially_paid", 1000)
