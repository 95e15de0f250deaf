from __future__ import annotations

import asyncio

import pytest
from galleria.core.providers import Notification, RefundState, RefundStatus
from galleria.core.testing.client import ok, problem
from msgspec.structs import replace


async def paid(desk, provider, amount=None):
    payment_id = await desk.open()
    return payment_id, provider.pay(await desk.attempt(payment_id), amount)


async def test_a_signed_notification_pays(desk, api, provider):
    """The answer is what the provider wants to hear; no sign-in and no key is needed."""
    payment_id, fact = await paid(desk, provider)
    assert ok(await api.post(provider.notify_path, key="", **provider.signed(fact))) == {"code": "SUCCESS"}
    assert (await desk.payment(payment_id))["state"] == "paid"


async def test_a_replayed_notification_is_acknowledged_and_changes_nothing(desk, api, provider):
    """Providers repeat themselves until they are told that it was understood."""
    payment_id, fact = await paid(desk, provider)
    sent = [api.post(provider.notify_path, key="", **provider.signed(fact)) for _ in range(4)]
    assert [response.status_code for response in await asyncio.gather(*sent)] == [200] * 4
    assert (await desk.payment(payment_id))["captured"] == 2000


@pytest.mark.parametrize(
    "headers", [{}, {"X-Signature": "0" * 64}, {"X-Signature": ""}], ids=["missing", "wrong", "empty"]
)
async def test_a_notification_without_the_right_signature_is_refused(desk, api, provider, headers):
    """Anybody can post here; only the provider is believed."""
    payment_id, fact = await paid(desk, provider)
    content = provider.signed(fact)["content"]
    problem(await api.post(provider.notify_path, key="", content=content, headers=headers), 400, "invalid_notification")
    assert (await desk.payment(payment_id))["captured"] == 0


@pytest.mark.parametrize("changed", [{"amount": 0}, {"currency": "USD"}, {"merchant": "x"}, {"app": "x"}])
async def test_a_signed_notification_with_wrong_particulars_is_refused(desk, api, provider, changed):
    """A genuine signature does not make a wrong amount, currency, merchant or app right."""
    payment_id, fact = await paid(desk, provider)
    sent = provider.signed(replace(fact, **changed))
    problem(await api.post(provider.notify_path, key="", **sent), 400, "notification_mismatch")
    assert await desk.of(payment_id, "payment_capture") == []


@pytest.mark.parametrize("body", [b"", b"{", b"\x00\xff", b"[]", b'{"capture": 1}', b"x" * 1000])
async def test_nonsense_is_refused_and_never_an_error_of_ours(api, provider, body):
    """Whatever a stranger sends, even signed by mistake, the answer is 400."""
    signature = {"headers": {"X-Signature": "x"}}
    problem(await api.post(provider.notify_path, key="", content=body, **signature), 400, "invalid_notification")
    broken = provider.signed()
    broken["content"] = body
    problem(await api.post(provider.notify_path, key="", **broken), 400, "invalid_notification")


async def test_a_provider_that_breaks_on_a_message_does_not_record_it(desk, api, provider, monkeypatch):
    """An exception in a provider's parser is a message that was not verified."""

    async def broken(request):
        raise KeyError(request.headers["no-such-header"])

    monkeypatch.setattr(provider, "parse_notification", broken)
    problem(await api.post(provider.notify_path, key="", content=b"{}"), 400, "invalid_notification")


async def test_a_notification_for_an_unknown_provider_is_not_found(api):
    """There is nobody who could verify it."""
    problem(await api.post("/api/payments/notifications/nobody", key="", content=b"{}"), 404, "unknown_provider")


async def test_a_provider_cannot_speak_for_another(desk, api, mall, provider):
    """The attempt that is named belongs to somebody else."""
    payment_id, fact = await paid(desk, provider)
    other = type(provider)("scripted_other")
    mall.plugins.providers["scripted_other"] = other
    try:
        problem(await api.post(other.notify_path, key="", **provider.signed(fact)), 400, "notification_mismatch")
    finally:
        del mall.plugins.providers["scripted_other"]
    assert (await desk.payment(payment_id))["captured"] == 0


async def test_a_body_that_is_too_large_is_refused(api, provider):
    """A stranger cannot make the mall hold megabytes."""
    response = await api.post(provider.notify_path, key="", content=b"x" * (300 * 1024))
    problem(response, 413, "too_large")


async def test_a_refund_notification_settles_the_refund(desk, api, provider):
    """A provider that works slowly tells when it has given the money back."""
    payment_id, share = await desk.applied()
    await desk.refund(payment_id, share, 500)
    [row] = await desk.of(payment_id, "payment_refund")
    status = RefundStatus(refund_id=row["id"], state=RefundState.SUCCEEDED, amount=500, currency="CNY")
    ok(await api.post(provider.notify_path, key="", **provider.signed(refund=status)))
    assert [row["state"] for row in await desk.of(payment_id, "payment_refund")] == ["succeeded"]


async def test_an_answer_may_be_plain_text(api, provider, monkeypatch):
    """Some providers want to hear a word instead of JSON."""

    async def parsed(request):
        return Notification(answer="success")

    monkeypatch.setattr(provider, "parse_notification", parsed)
    response = await api.post(provider.notify_path, key="", content=b"{}")
    assert (response.text, response.headers["content-type"]) == ("success", "text/plain; charset=utf-8")


@pytest.mark.parametrize("verb", ["paySuccess", "pay_success", "success"])
async def test_there_is_no_public_way_to_say_that_something_was_paid(desk, api, verb):
    """Only providers say so; a shopper has no such route."""
    payment_id = await desk.open()
    response = await api.acting_as(desk.shopper).post(f"/api/payments/{payment_id}/{verb}", {})
    assert response.status_code == 404
    assert (await desk.payment(payment_id))["state"] == "open"
