from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from galleria.core.errors import Conflict
from galleria.core.payments import payout_records, payouts
from galleria.core.payments.captures import NotificationMismatch
from galleria.core.payments.payout_records import record_refund
from galleria.core.providers import RefundState, RefundStatus
from galleria.core.storage import db


async def refunded(desk, amount=500, parts=()):
    payment_id, share = await desk.applied(2000, parts=parts)
    return payment_id, share, await desk.refund(payment_id, share, amount)


async def states(desk, payment_id):
    return [row["state"] for row in await desk.of(payment_id, "payment_refund")]


def called(provider, method):
    return [identity for name, identity in provider.calls if name == method]


async def test_a_refund_is_carried_out_after_commit_and_told(desk, mall, provider):
    """The provider is called outside transactions; its account goes down; the asker hears of it once."""
    payment_id, share, request_id = await refunded(desk)
    assert await desk.balance(payment_id, f"provider:{provider.code}") == 2000
    await payouts.sweep(mall)
    await payouts.sweep(mall)
    assert await states(desk, payment_id) == ["succeeded"]
    assert await desk.balance(payment_id, f"provider:{provider.code}") == 1500
    assert await desk.balance(payment_id, "refund_payable") == 0
    told = {
        "request_id": str(request_id),
        "order_id": str(share.order_id),
        "payment_id": str(payment_id),
        "amount": 500,
    }
    assert await desk.facts(payment_id, "payment.refunded") == [told]
    assert all(provider.outside)


async def _two_parts_succeed_at_once(desk, mall, provider):
    payment_id, _, _ = await refunded(desk, 1000, parts=(1200, 800))
    rows = await desk.of(payment_id, "payment_refund")
    facts = [RefundStatus(refund_id=row["id"], state=RefundState.SUCCEEDED) for row in rows]
    await asyncio.gather(*(record_refund(mall, provider.code, fact) for fact in facts))
    return [fact["amount"] for fact in await desk.facts(payment_id, "payment.refunded")]


async def test_the_asker_hears_when_the_last_part_has_succeeded(desk, mall, provider):
    """A refund over two captures is told once, with the whole amount, however the outcomes race."""
    for _ in range(8):
        assert await _two_parts_succeed_at_once(desk, mall, provider) == [1000]


async def test_control_without_the_lock_nobody_tells(desk, mall, provider, monkeypatch):
    """Each of two parts that settle at once takes the other for unfinished."""
    both, carried_out = asyncio.Barrier(2), payout_records._carried_out

    async def look_together(request_id):
        amount = await carried_out(request_id)
        await both.wait()
        return amount

    monkeypatch.setattr(payout_records, "_carried_out", look_together)
    monkeypatch.setattr(payout_records, "_LOCK", "SELECT $1::uuid")
    assert await _two_parts_succeed_at_once(desk, mall, provider) == []


@pytest.mark.parametrize("fault", ["before", "after"])
async def test_an_unknown_outcome_is_queried_and_retried_with_the_same_id(desk, mall, clock, provider, fault):
    """A lost answer never pays twice: the provider is asked, and called again only if it does not know the refund."""
    provider.faults["refund"] = [fault]
    payment_id, _, _ = await refunded(desk)
    await payouts.sweep(mall)
    assert await states(desk, payment_id) == ["sent"]
    clock.move(timedelta(seconds=6))
    await payouts.sweep(mall)
    assert await states(desk, payment_id) == ["succeeded"]
    [row] = await desk.of(payment_id, "payment_refund")
    assert set(called(provider, "refund")) == {row["id"]}
    assert len(called(provider, "refund")) == (2 if fault == "before" else 1)
    assert len(called(provider, "query_refund")) == 1


async def test_a_crash_between_call_and_record_does_not_pay_twice(desk, mall, clock, provider):
    """A row that a dead process had taken comes back after its lease, and the provider is asked first."""
    payment_id, _, _ = await refunded(desk)
    [row] = await desk.of(payment_id, "payment_refund")
    await db.fetch(payouts._CLAIM, mall.now(), mall.now() + timedelta(minutes=1), 500)
    provider.refunds[row["id"]] = RefundState.SUCCEEDED
    await payouts.sweep(mall)
    assert await states(desk, payment_id) == ["sent"]
    clock.move(timedelta(minutes=1))
    await payouts.sweep(mall)
    assert await states(desk, payment_id) == ["succeeded"]
    assert called(provider, "refund") == []


async def test_two_sweeps_at_once_call_the_provider_once(desk, mall, provider):
    """Rows that one process has taken are left alone by the other."""
    payment_id, share = await desk.applied(2000)
    for _ in range(8):
        await desk.refund(payment_id, share, 100)
    await asyncio.gather(payouts.sweep(mall), payouts.sweep(mall), payouts.sweep(mall))
    assert await states(desk, payment_id) == ["succeeded"] * 8
    assert len(called(provider, "refund")) == 8


async def _claimed_twice(desk, mall):
    """One claim that has not committed, and another one meanwhile: the refunds of this payment that both have."""
    payment_id, _, _ = await refunded(desk)
    mine = {row["id"] for row in await desk.of(payment_id, "payment_refund")}
    arguments = (payouts._CLAIM, mall.now(), mall.now() + timedelta(minutes=1), 1000)
    async with db.engine().open_pool.acquire() as link:
        first = link.transaction()
        await first.start()
        taken = await link.fetch(*arguments)
        second = asyncio.create_task(db.fetch(*arguments))
        while not second.done() and not await link.fetchval(_WAITING):
            await asyncio.sleep(0.01)
        await first.commit()
    both = {row["id"] for row in taken} & {row["id"] for row in await second} & mine
    assert mine <= {row["id"] for row in taken}
    return both


_WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
    "AND query LIKE '%UPDATE payment_refund%'"
)


async def test_what_one_process_has_taken_is_not_taken_by_another(desk, mall):
    """A second claim skips rows that the first one holds."""
    assert await _claimed_twice(desk, mall) == set()


async def test_control_without_skip_locked_two_processes_take_the_same(desk, mall, monkeypatch):
    """The second claim waits for the first and takes the same rows: the provider would be called twice."""
    unguarded = payouts._CLAIM.replace("FOR UPDATE SKIP LOCKED", "")
    assert unguarded != payouts._CLAIM
    monkeypatch.setattr(payouts, "_CLAIM", unguarded)
    assert len(await _claimed_twice(desk, mall)) == 1


async def test_a_pending_refund_is_asked_for_until_it_settles(desk, mall, clock, provider):
    """A provider that takes its time is asked at growing intervals."""
    provider.refunds_answer = RefundState.PENDING
    payment_id, _, _ = await refunded(desk)
    await payouts.sweep(mall)
    clock.move(timedelta(seconds=6))
    await payouts.sweep(mall)
    assert await states(desk, payment_id) == ["sent"]
    [row] = await desk.of(payment_id, "payment_refund")
    provider.refunds[row["id"]] = RefundState.SUCCEEDED
    clock.move(timedelta(seconds=11))
    await payouts.sweep(mall)
    assert await states(desk, payment_id) == ["succeeded"]


async def test_a_refused_refund_is_told_and_stays_owed(desk, mall, provider):
    """Nothing is asked of the provider any more; the ledger goes on showing what the shopper is owed."""
    provider.faults["refund"] = ["refuse"]
    payment_id, _, request_id = await refunded(desk)
    await payouts.sweep(mall)
    assert await states(desk, payment_id) == ["failed"]
    assert await desk.balance(payment_id, "refund_payable") == -500
    [told] = await desk.facts(payment_id, "payment.refund_failed")
    assert (told["request_id"], told["amount"], told["error"]) == (str(request_id), 500, "refund is refused")
    assert await desk.facts(payment_id, "payment.refunded") == []


async def test_a_refused_refund_is_tried_again_when_the_operator_says_so(desk, mall, provider):
    """Under the same id; only a refused one can be."""
    provider.faults["refund"] = ["refuse"]
    payment_id, _, _ = await refunded(desk)
    await payouts.sweep(mall)
    [row] = await desk.of(payment_id, "payment_refund")
    await payouts.retry(mall, row["id"])
    await payouts.sweep(mall)
    assert await states(desk, payment_id) == ["succeeded"]
    assert called(provider, "refund") == [row["id"]] * 2
    with pytest.raises(Conflict):
        await payouts.retry(mall, row["id"])


async def test_a_refund_that_succeeds_after_a_refusal_is_a_fact(desk, mall, provider):
    """Money that went back is recorded whatever was believed before; a later refusal does not undo it."""
    provider.faults["refund"] = ["refuse"]
    payment_id, _, _ = await refunded(desk)
    await payouts.sweep(mall)
    [row] = await desk.of(payment_id, "payment_refund")
    assert await record_refund(mall, provider.code, RefundStatus(refund_id=row["id"], state=RefundState.SUCCEEDED))
    assert not await record_refund(mall, provider.code, RefundStatus(refund_id=row["id"], state=RefundState.FAILED))
    assert await states(desk, payment_id) == ["succeeded"]


@pytest.mark.parametrize("changed", [{"amount": 499}, {"currency": "USD"}])
async def test_a_refund_told_with_another_amount_or_currency_is_refused(desk, mall, provider, changed):
    """What a provider states is compared with the mall's own row."""
    payment_id, _, _ = await refunded(desk)
    [row] = await desk.of(payment_id, "payment_refund")
    with pytest.raises(NotificationMismatch):
        await record_refund(
            mall, provider.code, RefundStatus(refund_id=row["id"], state=RefundState.SUCCEEDED, **changed)
        )
    assert await states(desk, payment_id) == ["pending"]


async def test_refunds_wait_while_their_provider_is_not_installed(desk, mall, clock, provider):
    """The money stays owed, and goes back when the package is back."""
    payment_id, _, _ = await refunded(desk)
    del mall.plugins.providers[provider.code]
    await payouts.sweep(mall)
    mall.plugins.providers[provider.code] = provider
    clock.move(timedelta(seconds=6))
    await payouts.sweep(mall)
    assert await states(desk, payment_id) == ["succeeded"]
