from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from galleria.core.payments import service
from galleria.core.testing.client import ok, problem


@pytest.fixture
def shopper(api, desk):
    return api.acting_as(desk.shopper)


def path(payment_id):
    return f"/api/payments/{payment_id}/attempts"


async def test_an_attempt_is_for_what_is_still_due(desk, shopper, provider):
    """The provider is asked for the amount less what was captured, outside any transaction, with the row's id."""
    payment_id = await desk.open(2000)
    await desk.captured(payment_id, 500)
    made = ok(await shopper.post(path(payment_id), {"provider": provider.code, "return_url": "/done"}), 201)
    assert (made["amount"], made["state"], made["client_data"]) == (
        {"amount": 1500, "currency": "CNY"}, "pending", {"pay": "here"},
    )  # fmt: skip
    request = provider.attempts[UUID(made["id"])]
    assert (request.amount, request.return_url) == (1500, "/done")
    assert request.notify_url.endswith(f"/api/payments/notifications/{provider.code}")
    assert provider.outside == [True]


async def test_a_repeated_request_answers_the_same_attempt(desk, shopper, provider):
    """The same key makes one attempt and calls the provider once; another key makes another."""
    payment_id, key = await desk.open(), uuid4().hex
    first = ok(await shopper.post(path(payment_id), {"provider": provider.code}, key=key), 201)
    again = await shopper.post(path(payment_id), {"provider": provider.code}, key=key)
    assert (ok(again, 201)["id"], again.headers["idempotency-replayed"]) == (first["id"], "true")
    assert len(provider.calls) == 1
    other = ok(await shopper.post(path(payment_id), {"provider": provider.code}), 201)
    assert other["id"] != first["id"]


async def test_the_same_request_many_times_at_once_makes_one_attempt(desk, shopper, provider):
    """Concurrent repetitions wait for the first one's row."""
    payment_id, key = await desk.open(), uuid4().hex
    posts = (shopper.post(path(payment_id), {"provider": provider.code}, key=key) for _ in range(5))
    made = {ok(response, 201)["id"] for response in await asyncio.gather(*posts)}
    assert len(made) == len(await desk.of(payment_id, "payment_attempt")) == 1


@pytest.mark.parametrize("fault", ["before", "after"])
async def test_a_lost_answer_leaves_the_attempt_unknown_and_repeating_mends_it(desk, shopper, provider, fault):
    """Whether or not the provider did the work, the attempt stays; the same request calls again with the same id."""
    provider.faults["create"] = [fault]
    payment_id, key = await desk.open(), uuid4().hex
    lost = ok(await shopper.post(path(payment_id), {"provider": provider.code}, key=key), 201)
    assert (lost["state"], lost["client_data"]) == ("unknown", {})
    [row] = await desk.of(payment_id, "payment_attempt")
    assert row["next_at"] is not None
    found = ok(await shopper.post(path(payment_id), {"provider": provider.code}, key=key), 201)
    assert (found["id"], found["state"]) == (lost["id"], "pending")
    assert {identity for _, identity in provider.calls} == {row["id"]}


async def test_a_refusal_fails_the_attempt(desk, shopper, provider):
    """The shopper sees that it failed; why is kept for staff."""
    provider.faults["create"] = ["refuse"]
    payment_id = await desk.open()
    made = ok(await shopper.post(path(payment_id), {"provider": provider.code}), 201)
    [row] = await desk.of(payment_id, "payment_attempt")
    assert (made["state"], row["error"], row["next_at"]) == ("failed", "create is refused", None)


async def test_an_unknown_provider_is_refused(desk, shopper):
    """422, and no attempt is written."""
    payment_id = await desk.open()
    problem(await shopper.post(path(payment_id), {"provider": "nobody"}), 422, "unknown_provider")
    assert await desk.of(payment_id, "payment_attempt") == []


async def test_paying_another_shoppers_payment_by_id_is_refused(desk, api, make_person, provider):
    """It looks as if the payment did not exist, and nothing of it is shown."""
    payment_id = await desk.open()
    stranger = api.acting_as(await make_person())
    problem(await stranger.post(path(payment_id), {"provider": provider.code}), 404, "payment_not_found")
    problem(await stranger.get(f"/api/payments/{payment_id}"), 404, "payment_not_found")
    problem(await stranger.post(f"/api/payments/{payment_id}/refresh"), 404, "payment_not_found")
    problem(await api.get(f"/api/payments/{payment_id}"), 401, "unauthenticated")
    problem(await api.post(path(payment_id), {"provider": provider.code}), 401, "unauthenticated")


async def test_a_payment_that_is_not_open_takes_no_attempt(desk, shopper, mall, provider):
    """Neither a closed payment nor a paid one can be paid."""
    closed, paid = await desk.open(), await desk.open()
    await service.close_payment(closed, now=mall.now())
    await desk.captured(paid, 2000)
    for payment_id, state in ((closed, "closed"), (paid, "paid")):
        refused = await shopper.post(path(payment_id), {"provider": provider.code})
        assert problem(refused, 409, "payment_not_open")["state"] == state


async def test_an_expired_payment_takes_no_attempt(desk, shopper, clock, provider):
    """The time to pay is over before the sweep has closed the payment."""
    payment_id = await desk.open(minutes=5)
    clock.move(timedelta(minutes=5))
    problem(await shopper.post(path(payment_id), {"provider": provider.code}), 409, "payment_expired")


async def test_attempts_under_way_are_limited(desk, shopper, provider):
    """A client in a loop cannot make the provider keep attempts without end."""
    payment_id = await desk.open()
    for _ in range(20):
        await desk.attempt(payment_id)
    problem(await shopper.post(path(payment_id), {"provider": provider.code}), 429, "too_many_attempts")


@pytest.mark.parametrize(
    "body",
    [{}, {"provider": ""}, {"provider": "x", "amount": 1}, {"provider": "x", "return_url": "javascript:alert(1)"}],
)
async def test_a_body_that_does_not_fit_is_refused(desk, shopper, body):
    """A client cannot choose an amount, nor send the shopper to a script."""
    payment_id = await desk.open()
    problem(await shopper.post(path(payment_id), body), 422, "invalid")


async def test_no_key_no_attempt(desk, shopper, provider):
    """A creating request needs its Idempotency-Key."""
    refused = await shopper.post(path(await desk.open()), {"provider": provider.code}, key="")
    problem(refused, 400, "idempotency_key_required")


async def test_the_shopper_sees_the_payment(desk, shopper, provider):
    """What is due, what was captured, and each attempt; nothing that is for staff."""
    payment_id = await desk.open(2000)
    await desk.captured(payment_id, 500)
    seen = ok(await shopper.get(f"/api/payments/{payment_id}"))
    assert (seen["state"], seen["due"]["amount"], seen["captured"]["amount"]) == ("partially_paid", 1500, 500)
    assert "error" not in seen["attempts"][0]


async def test_ways_to_pay_are_public(api, provider):
    """The list names each provider in the caller's language."""
    listed = ok(await api.having(Accept_Language="en").get("/api/payments/providers"))
    assert {"code": provider.code, "label": "Scripted"} in listed
