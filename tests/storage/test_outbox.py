from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from galleria.core.ids import new_id
from galleria.core.storage import db
from galleria.core.storage.outbox import MAX_ATTEMPTS, Outbox


class Recipient:
    """Remembers what it was given; refuses while `broken`."""

    def __init__(self):
        self.seen = []
        self.broken = False

    async def __call__(self, event):
        if self.broken:
            raise ValueError("not today")
        self.seen.append(event.payload["n"])


@pytest.fixture
def outbox():
    return Outbox()


@pytest.fixture
def recipient(outbox):
    made = Recipient()
    outbox.subscribe(f"test.{new_id()}", "thing.happened", made)
    return made


async def publish(outbox, mall, subject, *numbers):
    @db.atomic
    async def work():
        for n in numbers:
            await outbox.publish("thing.happened", subject, {"n": n}, now=mall.now())

    await work()


async def deliver(outbox, mall):
    return await outbox.deliver(mall.now())


async def test_a_fact_is_delivered_once(mall, outbox, recipient):
    """After a delivery nothing is due."""
    await publish(outbox, mall, new_id(), 1)
    assert [await deliver(outbox, mall), await deliver(outbox, mall)] == [1, 0]
    assert recipient.seen == [1]


async def test_a_fact_of_a_transaction_that_rolled_back_never_was(mall, outbox, recipient):
    """Events are rows of the transaction that they tell of."""
    with pytest.raises(RuntimeError):
        async with db.transaction():
            await outbox.publish("thing.happened", new_id(), {"n": 1}, now=mall.now())
            raise RuntimeError
    assert await deliver(outbox, mall) == 0


async def test_facts_of_one_subject_arrive_in_order(mall, outbox, recipient):
    """Three facts published in one transaction arrive as they were published."""
    await publish(outbox, mall, new_id(), 1, 2, 3)
    await deliver(outbox, mall)
    assert recipient.seen == [1, 2, 3]


async def test_a_failing_fact_holds_back_its_subject_only(mall, clock, outbox, recipient):
    """Later facts of the same subject wait; another subject's go through; after the mend all arrive in order."""
    first, second = new_id(), new_id()
    recipient.broken = True
    await publish(outbox, mall, first, 1)
    await deliver(outbox, mall)
    recipient.broken = False
    await publish(outbox, mall, first, 2)
    await publish(outbox, mall, second, 9)
    await deliver(outbox, mall)
    assert recipient.seen == [9]
    clock.move(timedelta(seconds=2))
    await deliver(outbox, mall)
    assert recipient.seen == [9, 1, 2]


async def test_after_too_many_failures_a_fact_is_parked_with_its_reason(mall, clock, outbox, recipient):
    """The dead letter keeps the error, and holds back only its own subject's later facts."""
    subject = new_id()
    recipient.broken = True
    await publish(outbox, mall, subject, 1, 2)
    for _ in range(MAX_ATTEMPTS + 3):
        await deliver(outbox, mall)
        clock.move(timedelta(hours=1))
    rows = await db.fetch(
        "SELECT state, attempts, error FROM outbox_delivery WHERE subject_id = $1 ORDER BY event_id", subject
    )
    assert [(row["state"], row["attempts"]) for row in rows] == [("parked", MAX_ATTEMPTS), ("pending", 0)]
    assert rows[0]["error"] == "ValueError: not today"


async def test_a_recipient_that_breaks_the_transaction_harms_no_other(mall, outbox, recipient):
    """A failed statement inside a recipient is undone alone: the failure itself is still written down."""
    subject = new_id()

    async def breaks(_):
        await db.execute("SELECT 1 / 0")

    outbox.subscribe(f"test.{new_id()}", "thing.happened", breaks)
    await publish(outbox, mall, subject, 1)
    await deliver(outbox, mall)
    states = await db.fetch("SELECT state, attempts, error FROM outbox_delivery WHERE subject_id = $1", subject)
    assert sorted((row["state"], row["attempts"]) for row in states) == [("done", 1), ("pending", 1)]


async def test_what_a_recipient_writes_is_undone_with_its_failure(mall, outbox):
    """A recipient that writes and then raises has written nothing."""
    subject, written = new_id(), new_id()

    async def writes_then_raises(_):
        await db.execute(
            "INSERT INTO outbox_event (id, kind, subject_id, payload, created_at) VALUES ($1, 'x', $1, '{}', now())",
            written,
        )
        raise ValueError

    outbox.subscribe(f"test.{new_id()}", "thing.happened", writes_then_raises)
    await publish(outbox, mall, subject, 1)
    await deliver(outbox, mall)
    assert await db.fetch_value("SELECT count(*) FROM outbox_event WHERE id = $1", written) == 0


async def test_a_recipient_that_is_not_installed_keeps_its_facts(mall, recipient, outbox):
    """Deliveries of an unknown recipient wait: a process that knows it delivers them later."""
    subject = new_id()
    await publish(outbox, mall, subject, 1)
    assert await Outbox().deliver(mall.now()) == 0
    await deliver(outbox, mall)
    assert recipient.seen == [1]


async def test_publishing_wakes_after_commit(mall, outbox, recipient):
    """The wake-up comes once the row can be seen, not before."""
    seen = []

    async def wake():
        seen.append(db.current_transaction())

    outbox.on_publish(wake)
    await publish(outbox, mall, new_id(), 1)
    assert seen == [None]


async def test_two_couriers_share_the_work(mall, outbox, recipient):
    """Two deliveries at once hand each fact to its recipient once."""
    import asyncio

    for n in range(20):
        await publish(outbox, mall, new_id(), n)
    await asyncio.gather(deliver(outbox, mall), deliver(outbox, mall), deliver(outbox, mall))
    assert sorted(recipient.seen) == list(range(20))


async def test_without_the_lock_two_couriers_deliver_twice(mall, outbox, recipient, monkeypatch):
    """The control: the same without FOR UPDATE SKIP LOCKED hands some fact over twice."""
    import asyncio

    from galleria.core.storage import outbox as module

    monkeypatch.setattr(module, "_TAKE", module._TAKE.replace("FOR UPDATE OF d SKIP LOCKED", ""))
    for n in range(20):
        await publish(outbox, mall, new_id(), n)
    await asyncio.gather(*(partial(deliver, outbox, mall)() for _ in range(6)))
    assert len(recipient.seen) > 20
