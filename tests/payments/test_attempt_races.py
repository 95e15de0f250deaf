from __future__ import annotations

import asyncio

import pytest
from galleria.core.payments import attempts, service
from galleria.core.storage import db


@pytest.fixture
def cancel_after_check(desk, mall, provider, monkeypatch):
    """An attempt is made while its payment is cancelled: the cancellation begins once the attempt's check is done."""

    async def run():
        payment_id, cancelling = await desk.open(), []
        check = attempts._require_payable

        async def then_cancel(*arguments):
            await check(*arguments)
            cancelling.append(asyncio.create_task(_cancel(payment_id, mall)))
            await asyncio.wait(cancelling, timeout=0.3)

        monkeypatch.setattr(attempts, "_require_payable", then_cancel)
        await db.atomic(attempts.make)(mall, desk.shopper.id, payment_id, provider.code, "")
        assert await cancelling[0]
        [attempt] = await desk.of(payment_id, "payment_attempt")
        return attempt

    return run


async def _cancel(payment_id, mall):
    """In a task of its own that knows nothing of the transaction it was started from."""
    db.engine().current_transaction.set(None)
    return await db.atomic(service.close_payment)(payment_id, now=mall.now())


async def test_an_attempt_made_while_its_payment_is_cancelled_is_closed_at_the_provider(cancel_after_check):
    """The cancellation waits for the attempt's row, and then finds it."""
    assert (await cancel_after_check())["state"] == "closing"


async def test_control_without_the_lock_the_attempt_stays_payable(cancel_after_check, monkeypatch):
    """The cancellation does not see the row, and nobody closes it: the shopper pays for a cancelled order."""
    monkeypatch.setattr(attempts, "_LOCK", attempts._LOCK.replace("FOR UPDATE", ""))
    attempt = await cancel_after_check()
    assert attempt["state"] == "created"
    await db.execute("UPDATE payment_attempt SET state = 'closed', next_at = NULL WHERE id = $1", attempt["id"])
