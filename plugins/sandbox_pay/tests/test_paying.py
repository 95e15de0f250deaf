"""Paying, declining and closing: a transaction ends once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from galleria.core.plugin_api import AttemptState, NotFound, ProviderError, db
from galleria.core.testing.client import ok, problem
from galleria_sandbox_pay import queries, service

PREFIX = "/api/plugins/sandbox_pay"


async def test_paying_captures_what_is_due(api, opened, provider, mall):
    """A POST without a body pays all; the query then has the capture, of the sandbox's merchant and app."""
    transaction = await opened(amount=1999)
    answer = ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay"))
    status = await provider.query(transaction.attempt_id)
    assert status.state is AttemptState.SUCCEEDED
    assert status.capture is not None
    assert answer == {
        "id": transaction.token,
        "state": "succeeded",
        "provider_transaction": status.capture.provider_transaction,
        "notified": True,
    }
    assert (status.capture.amount, status.capture.currency) == (1999, "CNY")
    assert (status.capture.merchant, status.capture.app) == (provider.merchant, provider.app)


async def test_the_status_says_what_the_page_shows(api, opened, mailbox):
    """As JSON, for programs; nothing is sent, and a wrong token finds nothing."""
    transaction = await opened()
    mailbox.statuses = [500] * 3
    ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay", {"amount": 3}))
    status = ok(await api.get(f"{PREFIX}/pay/{transaction.token}/status"))
    sums = {name: status[name]["amount"] for name in ("due", "captured", "refunded")}
    assert sums == {"due": 2000, "captured": 3, "refunded": 0}
    assert (status["state"], status["notified"], status["refunds"]) == ("succeeded", False, [])
    assert len(mailbox.requests) == 3
    problem(await api.get(f"{PREFIX}/pay/{'A' * 43}/status"), 404, "sandbox_payment_not_found")


async def test_a_part_is_captured_as_that_part(api, opened, provider):
    """With an amount in minor units only that much is taken."""
    transaction = await opened(amount=2000)
    ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay", {"amount": 1}))
    status = await provider.query(transaction.attempt_id)
    assert status.capture is not None
    assert status.capture.amount == 1


async def test_paying_twice_changes_nothing(api, opened, mailbox):
    """The second payment, of another amount too, gives the first one's answer and takes nothing."""
    transaction = await opened(amount=2000)
    first = ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay", {"amount": 500}))
    before = await queries.transaction(transaction.attempt_id)
    assert ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay", {"amount": 700})) == first
    assert await queries.transaction(transaction.attempt_id) == before
    assert len(mailbox.requests) == 1


@pytest.mark.parametrize(
    "body",
    [{"amount": 0}, {"amount": -1}, {"amount": 2001}, {"amount": 10**16}, {"amount": 1.5}, {"amount": "1"},
     {"paid": True}, [], 7],
)  # fmt: skip
async def test_an_amount_that_cannot_be_is_refused(api, opened, body):
    """Nothing below one minor unit, above what is due, or that is no whole number is taken."""
    transaction = await opened(amount=2000)
    assert (await api.post(f"{PREFIX}/pay/{transaction.token}/pay", body)).status_code == 422
    assert await queries.transaction(transaction.attempt_id) == transaction


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"amount": 1}}', b"amount=1", b'{"amount": '])
async def test_a_body_that_is_not_json_is_refused(api, opened, content):
    """Broken JSON is a problem of the request, not of the server."""
    transaction = await opened()
    problem(await api.post(f"{PREFIX}/pay/{transaction.token}/pay", content=content), 400, "malformed_request")


@pytest.mark.parametrize("action", ["pay", "decline", "resend"])
@pytest.mark.parametrize("token", ["x", "a%00b", "%ff", "A" * 43, "A" * 5000, "' OR 1=1 --"])
async def test_an_unknown_token_is_not_found(api, provider, action, token):
    """Only the token that was given out leads anywhere."""
    assert (await api.post(f"{PREFIX}/pay/{token}/{action}")).status_code == 404
    assert (await api.get(f"{PREFIX}/pay/{token}")).status_code == 404


async def test_the_attempts_id_opens_no_page(api, opened):
    """The mall's own number of the attempt is no key to the page."""
    transaction = await opened()
    problem(await api.get(f"{PREFIX}/pay/{transaction.attempt_id}"), 404, "sandbox_payment_not_found")


async def test_a_program_pays_as_the_buyer(provider, opened, attempt_of, mailbox):
    """`pay_as_buyer` pays all that is due, once, and sends nothing by itself."""
    transaction = await opened(amount=2000)
    await provider.pay_as_buyer(transaction.attempt_id)
    before = await queries.transaction(transaction.attempt_id)
    await provider.pay_as_buyer(transaction.attempt_id)
    assert before is not None
    assert (before.captured, await queries.transaction(transaction.attempt_id)) == (2000, before)
    assert mailbox.requests == []
    with pytest.raises(NotFound):
        await provider.pay_as_buyer(attempt_of().attempt_id)


async def test_a_declined_payment_has_failed(api, opened, provider, mailbox):
    """Declining is final, may be repeated, and sends nothing."""
    transaction = await opened()
    for _ in range(2):
        assert ok(await api.post(f"{PREFIX}/pay/{transaction.token}/decline"))["state"] == "failed"
    assert (await provider.query(transaction.attempt_id)).state is AttemptState.FAILED
    refused = problem(await api.post(f"{PREFIX}/pay/{transaction.token}/pay"), 409, "sandbox_payment_not_payable")
    assert refused["state"] == "failed"
    assert mailbox.requests == []


async def test_a_paid_payment_cannot_be_declined(api, opened, provider):
    """Money that was taken stays taken."""
    transaction = await opened()
    ok(await api.post(f"{PREFIX}/pay/{transaction.token}/pay"))
    problem(await api.post(f"{PREFIX}/pay/{transaction.token}/decline"), 409, "sandbox_payment_not_payable")
    assert (await provider.query(transaction.attempt_id)).state is AttemptState.SUCCEEDED


async def test_a_closed_payment_cannot_be_paid(api, opened, provider, mailbox):
    """After the mall has closed an attempt no money is taken for it."""
    transaction = await opened()
    assert (await provider.close(transaction.attempt_id)).state is AttemptState.CLOSED
    refused = problem(await api.post(f"{PREFIX}/pay/{transaction.token}/pay"), 409, "sandbox_payment_not_payable")
    assert refused["state"] == "closed"
    assert (await provider.query(transaction.attempt_id)).capture is None
    assert mailbox.requests == []


async def test_closing_a_paid_attempt_tells_the_capture(paid, provider):
    """A close that comes too late answers that the money was taken."""
    capture = await paid()
    status = await provider.close(capture.attempt_id)
    assert (status.state, status.capture) == (AttemptState.SUCCEEDED, capture)


async def test_an_expired_payment_cannot_be_paid(api, opened, mall, clock):
    """At the moment of its expiry an attempt is over."""
    now = clock.hold()
    transaction = await opened(expires_at=now + timedelta(minutes=5))
    clock.move(timedelta(minutes=5))
    refused = problem(await api.post(f"{PREFIX}/pay/{transaction.token}/pay"), 409, "sandbox_payment_not_payable")
    assert refused["state"] == "expired"


async def test_a_query_after_the_expiry_closes_the_attempt(api, opened, provider, clock):
    """Once the mall was told that an attempt is over, a clock that goes back does not make it payable."""
    now = clock.hold()
    transaction = await opened(expires_at=now + timedelta(minutes=5))
    assert (await provider.query(transaction.attempt_id)).state is AttemptState.PENDING
    clock.move(timedelta(minutes=5))
    assert (await provider.query(transaction.attempt_id)).state is AttemptState.CLOSED
    clock.move(timedelta(minutes=-5))
    problem(await api.post(f"{PREFIX}/pay/{transaction.token}/pay"), 409, "sandbox_payment_not_payable")


async def test_unknown_attempts_are_not_found(provider, attempt_of):
    """A query or a close of what was never created says so."""
    unknown = attempt_of().attempt_id
    assert (await provider.query(unknown)).state is AttemptState.NOT_FOUND
    assert (await provider.close(unknown)).state is AttemptState.NOT_FOUND


async def test_creating_again_gives_the_same_page(provider, attempt_of):
    """The attempt's id is the idempotency key, also for calls at once."""
    attempt = attempt_of()
    started = await asyncio.gather(*(provider.create(attempt) for _ in range(5)))
    assert all(one == started[0] for one in started)
    page = f"{provider.base_url}{PREFIX}/pay/{started[0].provider_reference}"
    assert started[0].client_data == {"pay_url": page}


@pytest.mark.parametrize("changed", [{"amount": 1}, {"currency": "USD"}])
async def test_an_attempts_id_is_for_one_amount(provider, attempt_of, changed):
    """The same id with other money is refused for good."""
    attempt = attempt_of()
    await provider.create(attempt)
    with pytest.raises(ProviderError):
        await provider.create(attempt_of(attempt_id=attempt.attempt_id, **changed))


@pytest.mark.parametrize("amount", [0, -1])
async def test_nothing_cannot_be_paid(provider, attempt_of, amount):
    """An attempt is for more than nothing."""
    with pytest.raises(ProviderError):
        await provider.create(attempt_of(amount=amount))


async def _race(mall, transaction) -> tuple[str, int]:
    """Pay and close at once: both have seen a pending attempt before either writes. State and captured amount."""
    row = "SELECT 1 FROM sandbox_pay_transaction WHERE attempt_id = $1 FOR UPDATE"
    async with db.engine().open_pool.acquire() as blocker:
        held = blocker.transaction()
        await held.start()
        await blocker.execute(row, transaction.attempt_id)
        close = asyncio.create_task(service.close(transaction.attempt_id))
        await _until_waiting(1)
        pay = asyncio.create_task(service.pay(transaction.token, None, now=mall.now()))
        await _until_waiting(2)
        await held.rollback()
    await asyncio.gather(close, pay, return_exceptions=True)
    found = await queries.transaction_of(transaction.attempt_id)
    return found.state, found.captured


async def _until_waiting(count):
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
        "AND query LIKE '%sandbox_pay_transaction%'"
    )
    while await db.fetch_value(sql) < count:
        await asyncio.sleep(0.01)


async def test_a_payment_that_races_a_close_loses_or_wins_but_not_both(opened, mall):
    """What was closed first takes no money."""
    assert await _race(mall, await opened()) == ("closed", 0)


async def test_control_without_the_guard_a_closed_attempt_takes_money(opened, mall, monkeypatch):
    """The same race with an unconditional payment captures money of a closed attempt."""
    condition = "AND state = 'pending' "
    assert condition in service._PAY
    monkeypatch.setattr(service, "_PAY", service._PAY.replace(condition, ""))
    assert await _race(mall, await opened()) == ("succeeded", 2000)
