from __future__ import annotations

import asyncio

import pytest
from galleria.core.errors import Conflict
from galleria.core.ids import new_id
from galleria.core.payments import refunds


async def test_a_refund_takes_the_newest_captures_first(desk):
    """A refund that is larger than the newest capture goes on with the one before; the store is owed less."""
    payment_id, share = await desk.applied(2000, parts=(500, 700, 800))
    await desk.refund(payment_id, share, 1000)
    captured = [(row["amount"], row["refunded"]) for row in await desk.of(payment_id, "payment_capture")]
    assert captured == [(500, 0), (700, 200), (800, 800)]
    assert await desk.balance(payment_id, "store") == -1000
    assert await desk.balance(payment_id, "refund_payable") == -1000


async def test_asking_again_changes_nothing(desk):
    """A refund is asked for by its request's id: the second time nothing is written."""
    payment_id, share = await desk.applied()
    request_id = await desk.refund(payment_id, share, 700)
    await desk.refund(payment_id, share, 700, request_id)
    assert (await desk.payment(payment_id))["refunded"] == 700


async def test_a_request_id_is_not_used_for_another_amount(desk):
    """The same request cannot ask for something else."""
    payment_id, share = await desk.applied()
    request_id = await desk.refund(payment_id, share, 700)
    with pytest.raises(Conflict) as refused:
        await desk.refund(payment_id, share, 800, request_id)
    assert refused.value.code == "refund_request_reused"


async def test_more_than_was_paid_is_refused(desk):
    """What is left is said, and nothing is written."""
    payment_id, share = await desk.applied()
    await desk.refund(payment_id, share, 1500)
    with pytest.raises(Conflict) as refused:
        await desk.refund(payment_id, share, 501)
    assert (refused.value.code, refused.value.extra) == ("refund_exceeds_paid", {"available": 500})
    assert (await desk.payment(payment_id))["refunded"] == 1500


async def test_an_order_is_not_refunded_from_another_orders_money(desk):
    """Two orders of one payment each have their own share; a foreign order has none."""
    payment_id, share = await desk.applied()
    for order in (type(share)(order_id=new_id(), store_id=share.store_id, amount=1),
                  type(share)(order_id=share.order_id, store_id=new_id(), amount=1)):  # fmt: skip
        with pytest.raises(Conflict):
            await desk.refund(payment_id, order, 1)


async def test_money_that_no_order_has_is_not_refunded_to_one(desk):
    """A payment is applied before its orders are refunded."""
    payment_id = await desk.open()
    await desk.captured(payment_id, 2000)
    _, share = await desk.applied()
    with pytest.raises(Conflict) as refused:
        await desk.refund(payment_id, share, 1)
    assert refused.value.code == "payment_not_applied"


async def _refund_at_once(desk, times=6, amount=1500):
    """Ask for several partial refunds at the same moment; return how much was granted."""
    payment_id, share = await desk.applied(2000)
    asked = (desk.refund(payment_id, share, amount) for _ in range(times))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    unexpected = [
        outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Conflict)
    ]
    assert unexpected == []
    return payment_id, sum(row["amount"] for row in await desk.of(payment_id, "payment_refund"))


async def test_concurrent_partial_refunds_do_not_over_refund(desk):
    """Of six refunds of 15 yuan on 20 that are asked for at once, one is granted."""
    for _ in range(4):
        payment_id, granted = await _refund_at_once(desk)
        assert granted == 1500
        assert (await desk.payment(payment_id))["refunded"] == 1500


async def test_control_without_lock_and_compare_concurrent_partial_refunds_over_refund(desk, monkeypatch):
    """The same race with read-modify-write instead of the guards gives back more than was captured.

    Everybody reads before anybody writes, as unlucky timing has it. The rows are taken away afterwards.
    """
    readers = asyncio.Barrier(6)
    read = refunds._require_owed

    async def read_together(*arguments):
        await read(*arguments)
        await readers.wait()

    monkeypatch.setattr(refunds, "LOCK", refunds.LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(refunds, "_require_owed", read_together)
    monkeypatch.setattr(
        refunds,
        "RESERVE",
        "UPDATE payment SET refunded = $2 WHERE id = $1 AND $3::timestamptz IS NOT NULL RETURNING refunded",
    )
    monkeypatch.setattr(
        refunds, "RESERVE_CAPTURE", "UPDATE payment_capture SET refunded = $2 WHERE id = $1 RETURNING id"
    )
    monkeypatch.setattr(
        refunds, "_ROOMS", refunds._ROOMS.replace("refunded < amount", "true").replace("amount - refunded", "amount")
    )
    payment_id, granted = await _refund_at_once(desk)
    await desk.forget(payment_id)
    assert granted > 2000
