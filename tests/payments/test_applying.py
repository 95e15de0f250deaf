from __future__ import annotations

import pytest
from galleria.core.errors import Conflict
from galleria.core.ids import new_id
from galleria.core.payments import service
from galleria.core.payments.service import Share
from msgspec.structs import replace


def share(amount):
    return Share(order_id=new_id(), store_id=new_id(), amount=amount)


async def test_a_payment_of_two_stores_is_applied_to_both(desk, mall):
    """Clearing is empty afterwards, and each store is owed its share."""
    payment_id = await desk.open(3000)
    await desk.captured(payment_id, 3000)
    shares = [share(1000), share(2000)]
    await service.apply(payment_id, shares, now=mall.now())
    entries = [row for row in await desk.of(payment_id, "ledger_entry") if row["account"] == "store"]
    found = [(row["store_id"], row["order_id"], row["amount"]) for row in entries]
    assert found == [(one.store_id, one.order_id, -one.amount) for one in shares]
    assert await desk.balance(payment_id, "clearing") == 0


async def test_applying_twice_posts_once(desk, mall):
    """A repetition by the outbox changes nothing."""
    payment_id, applied = await desk.applied(2000)
    await service.apply(payment_id, [applied], now=mall.now())
    assert await desk.balance(payment_id, "store") == -2000


async def test_shares_that_are_not_the_amount_are_refused(desk, mall):
    """All of a payment is applied at once or none of it."""
    payment_id = await desk.open(2000)
    await desk.captured(payment_id, 2000)
    with pytest.raises(Conflict) as refused:
        await service.apply(payment_id, [share(1999)], now=mall.now())
    assert refused.value.code == "payment_not_applicable"


@pytest.mark.parametrize("captured", [0, 500])
async def test_a_payment_that_is_not_paid_is_not_applied(desk, mall, captured):
    """Money that has not been captured goes to no store."""
    payment_id = await desk.open(2000)
    if captured:
        await desk.captured(payment_id, captured)
    with pytest.raises(Conflict):
        await service.apply(payment_id, [share(2000)], now=mall.now())


async def test_an_order_that_tenders_paid_gets_no_entry(desk, mall):
    """A share of nothing is not posted."""
    payment_id = await desk.open(2000)
    await desk.captured(payment_id, 2000)
    await service.apply(payment_id, [share(2000), replace(share(1), amount=0)], now=mall.now())
    assert len([row for row in await desk.of(payment_id, "ledger_entry") if row["account"] == "store"]) == 1
