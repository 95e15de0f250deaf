"""Nobody waits for what fails: recipients, and first tries and retries of each, take turns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from galleria.core.ids import new_id
from galleria.core.storage import db
from galleria.core.storage import outbox as module
from galleria.core.storage.outbox import Fact, Outbox
from structlog.testing import capture_logs

CROWD = 200


class Couriers:
    """Two recipients, A and B, whose calls are noted; A fails for the subjects in `bad`."""

    def __init__(self, mall):
        self.mall, self.outbox = mall, Outbox()
        self.prefix = f"test.{new_id()}"
        self.calls, self.bad = [], set()
        for name in "AB":
            self.outbox.subscribe(f"{self.prefix}.{name}", f"for.{name}", self._handler(name))

    def _handler(self, name):
        async def handle(event):
            self.calls.append((name, event.subject_id))
            if event.subject_id in self.bad:
                raise ValueError

        return handle

    async def publish(self, name, *subjects):
        @db.atomic
        async def work():
            facts = [Fact(subject_id=subject, payload={}) for subject in subjects]
            await self.outbox.publish_many(f"for.{name}", facts, now=self.mall.now())

        await work()

    async def deliver(self, limit=1000):
        self.calls.clear()
        return await self.outbox.deliver(self.mall.now(), limit)

    async def crowd(self):
        """Two hundred subjects of A, each with a fact that fails and another that waits behind it."""
        subjects = [new_id() for _ in range(CROWD)]
        self.bad.update(subjects)
        await self.publish("A", *subjects)
        await self.publish("A", *subjects)
        return subjects


@pytest.fixture
def couriers(mall):
    """Two recipients whose failures, hundreds of them, are logged to a list: to show them is what takes time."""
    with capture_logs():
        yield Couriers(mall)


async def last_call(couriers, clock) -> int:
    """How many calls there were until both a fact of B and one of another subject of A had arrived, published
    when two hundred retries of A were due."""
    await couriers.crowd()
    assert await couriers.deliver() == CROWD
    clock.move(timedelta(seconds=2))
    good, of_b = new_id(), new_id()
    await couriers.publish("A", good)
    await couriers.publish("B", of_b)
    assert await couriers.deliver() == CROWD + 2
    return max(couriers.calls.index(("A", good)), couriers.calls.index(("B", of_b))) + 1


async def test_failing_subjects_delay_no_other_recipient_and_no_other_subject(couriers, clock):
    """With two hundred retries due, a new fact of another recipient, and one of another subject of the same
    recipient, are among the first three that are delivered."""
    assert await last_call(couriers, clock) <= 3


async def test_in_one_queue_they_would_wait_for_all_that_fail(couriers, clock, monkeypatch):
    """The control: the same with a single queue in order of time serves them after every one that fails."""
    anybody = f"$1 <> '' AND d.recipient LIKE '{couriers.prefix}%'"
    monkeypatch.setattr(module, "_LANES", {False: ">= 0", True: "< 0"})
    monkeypatch.setattr(module, "_TAKE", module._TAKE.replace("d.recipient = $1", anybody))
    assert await last_call(couriers, clock) > CROWD


async def test_retries_in_the_queue_of_first_tries_delay_the_recipients_other_subjects(couriers, clock, monkeypatch):
    """The control for the lanes of one recipient: without them its other subjects wait for all that fail."""
    monkeypatch.setattr(module, "_LANES", {False: ">= 0", True: "< 0"})
    assert await last_call(couriers, clock) > CROWD


async def test_parked_subjects_delay_nobody(couriers, clock):
    """Behind two hundred dead letters wait as many facts: two new ones of others are all that is tried."""
    subjects = await couriers.crowd()
    await couriers.deliver()
    await db.execute(
        "UPDATE outbox_delivery SET state = 'parked' WHERE subject_id = ANY ($1::uuid[]) AND attempts = 1", subjects
    )
    for pause in (2, 3600, 0):
        clock.move(timedelta(seconds=pause))
        good, of_b = new_id(), new_id()
        await couriers.publish("A", good)
        await couriers.publish("B", of_b)
        assert await couriers.deliver() == 2
        assert couriers.calls == [("A", good), ("B", of_b)]


async def test_what_waits_behind_a_dead_letter_is_looked_at_ever_more_seldom(couriers, clock):
    """A blocked fact is due again after as long as it has waited, so a crowd of them costs no courier its time."""
    clock.hold()
    [first, *_] = await couriers.crowd()
    await couriers.deliver()
    await db.execute("UPDATE outbox_delivery SET state = 'parked' WHERE subject_id = $1 AND attempts = 1", first)
    waits = []
    for pause in (1, 60, 7200):
        clock.move(timedelta(seconds=pause))
        await couriers.deliver()
        sql = "SELECT next_at FROM outbox_delivery WHERE subject_id = $1 AND state = 'pending'"
        waits.append((await db.fetch_value(sql, first) - clock.now()).total_seconds())
    assert waits == [1, 61, 3600]


async def test_what_waited_arrives_at_once_when_the_first_is_done(couriers, clock):
    """However long the second fact was held back, it follows the first in the same round."""
    clock.hold()
    [first, *_] = await couriers.crowd()
    await couriers.publish("A", first)
    await couriers.deliver()
    for _ in range(9):
        clock.move(timedelta(minutes=10))
        await couriers.deliver()
    couriers.bad.clear()
    clock.move(timedelta(minutes=10))
    await couriers.deliver()
    assert [subject for _, subject in couriers.calls].count(first) == 3


async def test_a_limit_of_one_serves_everybody_in_time(couriers):
    """A courier that takes one at a time starves nobody either."""
    await couriers.publish("A", new_id(), new_id())
    await couriers.publish("B", new_id())
    names = []
    while await couriers.deliver(limit=1):
        names += [name for name, _ in couriers.calls]
    assert sorted(names) == ["A", "A", "B"]
