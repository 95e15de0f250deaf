"""Refunds: once for an id, never more than was captured, at once or when somebody settles them."""

from __future__ import annotations

import asyncio

import pytest
from galleria.core.plugin_api import ProviderError, RefundState, db, new_id
from galleria.core.testing.client import ok, problem
from galleria_sandbox_pay import queries, service

PREFIX = "/api/plugins/sandbox_pay"


async def test_a_refund_succeeds_at_once(paid, provider, refund_of, mailbox):
    """The answer says so, a query too, and no notification is owed."""
    capture = await paid()
    asked = refund_of(capture, 500)
    status = await provider.refund(asked)
    assert (status.refund_id, status.state) == (asked.refund_id, RefundState.SUCCEEDED)
    assert (status.amount, status.currency) == (500, "CNY")
    assert await provider.query_refund(asked.refund_id) == status
    assert (await queries.transaction_of(capture.attempt_id)).refunded == 500
    assert len(mailbox.requests) == 1


async def test_asking_again_refunds_nothing_more(paid, provider, refund_of):
    """The id is the idempotency key, one after the other and at once."""
    capture = await paid()
    asked = refund_of(capture, 1500)
    answers = [await provider.refund(asked), *await asyncio.gather(*(provider.refund(asked) for _ in range(5)))]
    assert all(answer == answers[0] for answer in answers)
    assert (await queries.transaction_of(capture.attempt_id)).refunded == 1500


@pytest.mark.parametrize("changed", [{"amount": 501}, {"currency": "USD"}])
async def test_a_refunds_id_is_for_one_refund(paid, provider, refund_of, changed):
    """The same id with other money is refused."""
    capture = await paid()
    asked = refund_of(capture, 500)
    await provider.refund(asked)
    with pytest.raises(ProviderError):
        await provider.refund(refund_of(capture, **({"amount": 500, "refund_id": asked.refund_id} | changed)))


async def test_no_more_than_the_capture_is_refunded(paid, provider, refund_of):
    """Of a part that was paid that part comes back, and not one minor unit more."""
    capture = await paid(700)
    with pytest.raises(ProviderError):
        await provider.refund(refund_of(capture, 701))
    await provider.refund(refund_of(capture, 600))
    refused = refund_of(capture, 101)
    with pytest.raises(ProviderError):
        await provider.refund(refused)
    assert (await provider.query_refund(refused.refund_id)).state is RefundState.NOT_FOUND
    await provider.refund(refund_of(capture, 100))
    assert (await queries.transaction_of(capture.attempt_id)).refunded == 700


@pytest.mark.parametrize("amount", [0, -1])
async def test_a_refund_is_above_zero(paid, provider, refund_of, amount):
    """Nothing, and less than nothing, cannot be given back."""
    with pytest.raises(ProviderError):
        await provider.refund(refund_of(await paid(), amount))


@pytest.mark.parametrize(
    "changed", [{"currency": "USD"}, {"provider_transaction": "SANDBOX0"}, {"captured": 1999}, {"attempt_id": new_id()}]
)
async def test_a_refund_names_its_capture_as_it_was(paid, provider, refund_of, changed):
    """Another currency, transaction, captured sum or attempt than was captured is refused."""
    capture = await paid()
    with pytest.raises(ProviderError):
        await provider.refund(refund_of(capture, 100, **changed))
    assert (await queries.transaction_of(capture.attempt_id)).refunded == 0


async def test_what_was_not_paid_is_not_refunded(opened, paid, provider, refund_of):
    """An open attempt has nothing to give back."""
    capture, transaction = await paid(), await opened()
    with pytest.raises(ProviderError):
        await provider.refund(refund_of(capture, 1, attempt_id=transaction.attempt_id))


async def _race(provider, refund_of, capture) -> int:
    """Five refunds of half at once; how many succeed."""
    asked = [provider.refund(refund_of(capture, 1000)) for _ in range(5)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(one, ProviderError) for one in results if isinstance(one, BaseException)), results
    return sum(not isinstance(one, BaseException) for one in results)


async def test_refunds_at_once_never_exceed_the_capture(paid, provider, refund_of):
    """Of five halves two are refunded."""
    capture = await paid()
    assert await _race(provider, refund_of, capture) == 2
    assert (await queries.transaction_of(capture.attempt_id)).refunded == 2000


async def test_control_without_the_guard_more_than_the_capture_is_refunded(paid, provider, refund_of, monkeypatch):
    """The same race without the condition, and with a sum that the database does not check, gives back five."""
    condition = "AND refunded + $2 <= captured"
    assert condition in service._RESERVE
    unguarded = service._RESERVE.replace(condition, "").replace(
        "refunded = refunded + $2", "refunded = captured + $2 * 0"
    )
    monkeypatch.setattr(service, "_RESERVE", unguarded)
    assert await _race(provider, refund_of, await paid()) == 5


@pytest.fixture
async def pending(provider, paid, refund_of, mailbox):
    """A refund of 500 that waits to be settled."""
    provider.refunds_later = True
    capture = await paid()
    asked = refund_of(capture, 500)
    assert (await provider.refund(asked)).state is RefundState.PENDING
    mailbox.requests.clear()
    found = await queries.refund(asked.refund_id)
    assert found is not None
    return found


async def test_a_later_refund_is_settled_and_notified(api, pending, provider, mailbox, read):
    """It is pending until somebody settles it; then the mall is told."""
    assert (await provider.query_refund(pending.refund_id)).state is RefundState.PENDING
    assert mailbox.requests == []
    answer = ok(await api.post(f"{PREFIX}/refunds/{pending.token}/settle"))
    assert answer == {"id": pending.token, "state": "succeeded", "notified": True}
    (request,) = mailbox.requests
    notification = await read(request)
    assert (notification.capture, notification.refund) == (None, await provider.query_refund(pending.refund_id))
    assert notification.refund is not None
    assert (notification.refund.state, notification.refund.amount) == (RefundState.SUCCEEDED, 500)


async def test_settling_twice_changes_nothing(api, pending, mailbox):
    """What has succeeded cannot fail any more."""
    ok(await api.post(f"{PREFIX}/refunds/{pending.token}/settle"))
    again = ok(await api.post(f"{PREFIX}/refunds/{pending.token}/settle", {"state": "failed"}))
    assert again["state"] == "succeeded"
    assert (await queries.transaction_of(pending.attempt_id)).refunded == 500
    assert len(mailbox.requests) == 1


async def test_a_failed_refund_leaves_the_money_to_be_refunded(api, pending, provider, mailbox, read):
    """Failing is told to the mall too, and once only gives room for another refund."""
    for _ in range(2):
        ok(await api.post(f"{PREFIX}/refunds/{pending.token}/settle", {"state": "failed"}))
    (request,) = mailbox.requests
    refund = (await read(request)).refund
    assert refund is not None
    assert refund.state is RefundState.FAILED
    assert (await queries.transaction_of(pending.attempt_id)).refunded == 0


async def test_a_lost_notification_of_a_refund_is_sent_again(api, pending, provider, mailbox, read):
    """A query of the refund sends what the mall has not acknowledged, once."""
    mailbox.statuses = [0, 0, 0]
    assert ok(await api.post(f"{PREFIX}/refunds/{pending.token}/settle"))["notified"] is False
    mailbox.requests.clear()
    for _ in range(2):
        await provider.query_refund(pending.refund_id)
    (request,) = mailbox.requests
    assert (await read(request)).refund is not None


async def test_a_pending_refund_counts_as_given_back(pending, provider, refund_of):
    """What is on its way cannot be promised again."""
    capture = (await queries.transaction_of(pending.attempt_id)).capture
    assert capture is not None
    with pytest.raises(ProviderError):
        await provider.refund(refund_of(capture, 1501))


async def test_an_unknown_refund_is_not_found(api, provider):
    """To the mall's query, and to who guesses a token."""
    assert (await provider.query_refund(new_id())).state is RefundState.NOT_FOUND
    for token in ("x", "A" * 43):
        problem(await api.post(f"{PREFIX}/refunds/{token}/settle"), 404, "sandbox_refund_not_found")


@pytest.mark.parametrize("body", [{"state": "pending"}, {"state": "x"}, {"amount": 1}, []])
async def test_a_refund_ends_as_succeeded_or_failed(api, pending, body):
    """Other ends are refused."""
    assert (await api.post(f"{PREFIX}/refunds/{pending.token}/settle", body)).status_code == 422
    assert await queries.refund(pending.refund_id) == pending


async def test_the_rows_agree(paid, provider, refund_of):
    """A transaction's refunded sum is that of its refunds that have not failed."""
    sql = """
    SELECT t.attempt_id FROM sandbox_pay_transaction t LEFT JOIN sandbox_pay_refund r
      ON r.attempt_id = t.attempt_id AND r.state <> 'failed'
    WHERE t.attempt_id = $1
    GROUP BY t.attempt_id HAVING t.refunded <> COALESCE(sum(r.amount), 0)
    """
    capture = await paid()
    await provider.refund(refund_of(capture, 300))
    await provider.refund(refund_of(capture, 700))
    assert await db.fetch(sql, capture.attempt_id) == []
