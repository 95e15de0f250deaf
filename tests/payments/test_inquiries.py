from __future__ import annotations

from datetime import timedelta

import pytest
from galleria.core.payments import inquiries, service
from galleria.core.payments.sweeps import SWEEPS
from galleria.core.testing.client import ok
from msgspec.structs import replace


async def attempt_of(desk, payment_id):
    [attempt] = await desk.of(payment_id, "payment_attempt")
    return attempt


async def calls(provider, attempt_id):
    return [method for method, identity in provider.calls if identity == attempt_id]


async def test_a_payment_whose_notification_was_lost_is_found_by_the_sweep(desk, mall, provider):
    """The provider is asked, outside any transaction, and what it says is recorded like a notification."""
    payment_id = await desk.open()
    provider.pay(await desk.attempt(payment_id))
    await inquiries.sweep(mall)
    assert (await desk.payment(payment_id))["state"] == "paid"
    assert len(await desk.facts(payment_id, "payment.paid")) == 1
    assert all(provider.outside)


async def test_pending_attempts_are_asked_for_at_growing_intervals(desk, mall, clock, provider):
    """After 5, 10, 20 seconds, and not in between."""
    clock.hold()
    payment_id = await desk.open()
    attempt_id = await desk.attempt(payment_id)
    waits = []
    for _ in range(4):
        await inquiries.sweep(mall)
        await inquiries.sweep(mall)
        waits.append((await attempt_of(desk, payment_id))["next_at"] - mall.now())
        clock.move(waits[-1])
    assert [wait.total_seconds() for wait in waits] == [5, 10, 20, 40]
    assert await calls(provider, attempt_id) == ["query"] * 4


async def test_an_attempt_whose_process_died_before_the_call_is_asked_for(desk, mall, clock, provider):
    """A row that was written and never got an answer settles at the latest when the time to pay is over."""
    payment_id = await desk.open(minutes=10)
    attempt_id = await desk.attempt(payment_id, state="created")
    del provider.attempts[attempt_id]
    await inquiries.sweep(mall)
    assert (await attempt_of(desk, payment_id))["state"] == "created"
    clock.move(timedelta(minutes=12))
    await inquiries.sweep(mall)
    assert (await attempt_of(desk, payment_id))["state"] == "closed"


async def test_a_pending_attempt_past_its_expiry_is_closed_at_the_provider(desk, mall, clock, provider):
    """The sweep does not ask for ever."""
    payment_id = await desk.open(minutes=10)
    attempt_id = await desk.attempt(payment_id)
    clock.move(timedelta(minutes=12))
    await inquiries.sweep(mall)
    await inquiries.sweep(mall)
    assert (await attempt_of(desk, payment_id))["state"] == "closed"
    assert attempt_id in provider.closed


async def test_attempts_of_a_closed_payment_are_closed_at_the_provider(desk, mall, provider):
    """Cancelling makes sure that nobody can pay any more."""
    payment_id = await desk.open()
    attempt_id = await desk.attempt(payment_id)
    await service.close_payment(payment_id, now=mall.now())
    await inquiries.sweep(mall)
    assert (await attempt_of(desk, payment_id))["state"] == "closed"
    assert attempt_id in provider.closed


async def test_a_close_that_comes_too_late_records_the_capture_and_refunds_it(desk, mall, provider):
    """The provider answers that it was paid: late money, given back."""
    payment_id = await desk.open()
    provider.pay(await desk.attempt(payment_id))
    await service.close_payment(payment_id, now=mall.now())
    await inquiries.sweep(mall)
    [refund] = await desk.of(payment_id, "payment_refund")
    assert (refund["reason"], refund["amount"]) == ("late_payment", 2000)
    assert (await attempt_of(desk, payment_id))["state"] == "succeeded"


async def test_an_attempt_still_being_created_is_not_given_up_when_the_payment_closes(desk, mall, clock, provider):
    """The provider does not know it yet and may learn of it: it is closed again until its time is over."""
    payment_id = await desk.open(minutes=10)
    attempt_id = await desk.attempt(payment_id, state="created")
    late = provider.attempts.pop(attempt_id)
    await service.close_payment(payment_id, now=mall.now())
    await inquiries.sweep(mall)
    assert (await attempt_of(desk, payment_id))["state"] == "closing"
    provider.attempts[attempt_id] = late
    clock.move(timedelta(minutes=1))
    await inquiries.sweep(mall)
    assert (await attempt_of(desk, payment_id))["state"] == "closed"
    assert attempt_id in provider.closed


@pytest.mark.parametrize("fault", ["before", "refuse"])
async def test_a_failing_inquiry_is_tried_again(desk, mall, clock, provider, fault):
    """Neither a broken line nor a refusal to answer decides what became of money."""
    provider.faults["close"] = [fault]
    payment_id = await desk.open()
    await desk.attempt(payment_id)
    await service.close_payment(payment_id, now=mall.now())
    await inquiries.sweep(mall)
    attempt = await attempt_of(desk, payment_id)
    assert (attempt["state"], attempt["error"] != "") == ("closing", True)
    clock.move(timedelta(seconds=6))
    await inquiries.sweep(mall)
    assert (await attempt_of(desk, payment_id))["state"] == "closed"


async def test_attempts_wait_while_their_provider_is_not_installed(desk, mall, clock, provider):
    """Rows are kept, and go on when the package is back."""
    payment_id = await desk.open()
    provider.pay(await desk.attempt(payment_id))
    del mall.plugins.providers[provider.code]
    await inquiries.sweep(mall)
    assert (await attempt_of(desk, payment_id))["error"] == "the provider is not installed"
    mall.plugins.providers[provider.code] = provider
    clock.move(timedelta(seconds=6))
    await inquiries.sweep(mall)
    assert (await desk.payment(payment_id))["state"] == "paid"


@pytest.mark.parametrize("changed", [{"merchant": "other"}, {"currency": "USD"}, {"amount": 0}])
async def test_an_answer_that_does_not_agree_is_not_believed(desk, mall, provider, changed):
    """A query's answer is compared like a notification."""
    payment_id = await desk.open()
    attempt_id = await desk.attempt(payment_id)
    provider.captures[attempt_id] = replace(provider.pay(attempt_id), **changed)
    await inquiries.sweep(mall)
    assert (await desk.payment(payment_id))["state"] == "open"
    assert (await attempt_of(desk, payment_id))["error"] != ""


async def test_an_answer_about_another_attempt_is_not_believed(desk, mall, provider):
    """Asked for one attempt, a provider cannot pay another one."""
    payment_id, other = await desk.open(), await desk.open()
    attempt_id = await desk.attempt(payment_id)
    provider.captures[attempt_id] = provider.pay(await desk.attempt(other))
    await inquiries.sweep(mall)
    assert (await desk.payment(payment_id))["captured"] == 0


async def test_a_shopper_asks_for_an_answer_now_but_not_again_and_again(desk, api, clock, provider):
    """A refresh asks the provider at once; a second one within two seconds does not."""
    clock.hold()
    payment_id = await desk.open()
    attempt_id = await desk.attempt(payment_id)
    shopper = api.acting_as(desk.shopper)
    provider.pay(attempt_id, 500)
    for _ in range(3):
        seen = ok(await shopper.post(f"/api/payments/{payment_id}/refresh", key=""))
    assert (seen["state"], len(await calls(provider, attempt_id))) == ("partially_paid", 1)


def test_both_sweeps_are_registered():
    """Attempts and refunds are looked after by the jobs."""
    assert {sweep.name for sweep in SWEEPS} == {"payment_attempts", "payment_refunds"}
