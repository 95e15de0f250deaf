from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from galleria.core.ids import new_id
from galleria.core.storage import db
from galleria.core.storage.outbox import MAX_ATTEMPTS, Fact, Outbox


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


async def publish_to(outbox, mall, recipients, *facts, kind="thing.happened"):
    """Publish (subject, n) to these recipients too."""

    @db.atomic
    async def work():
        for subject, n in facts:
            await outbox.publish(kind, subject, {"n": n}, now=mall.now(), recipients=recipients)

    await work()


async def deliveries(subject):
    """The rows of a subject's deliveries, in order."""
    return await db.fetch("SELECT * FROM outbox_delivery WHERE subject_id = $1 ORDER BY event_id", subject)


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


async def test_a_recipient_that_is_back_gets_its_facts_in_order(mall, outbox, clock):
    """What was published to a name that nobody knew here is untouched, and arrives in order once somebody does."""
    name, subject, made = f"test.{new_id()}", new_id(), Recipient()
    for n in (1, 2, 3):
        await publish_to(outbox, mall, [name], (subject, n))
    before = await deliveries(subject)
    assert [(row["recipient"], row["state"], row["attempts"]) for row in before] == [(name, "pending", 0)] * 3
    clock.move(timedelta(hours=1))
    assert await deliver(outbox, mall) == 0
    assert await deliveries(subject) == before
    outbox.subscribe(name, "thing.happened", made)
    await deliver(outbox, mall)
    assert made.seen == [1, 2, 3]


@pytest.mark.parametrize("known_by", ["introduction", "another_kind"])
async def test_what_a_known_recipient_has_no_handler_for_is_done_without_a_call(mall, outbox, known_by):
    """Nothing waits for a handler that will never be there: neither the fact nor what comes after it."""
    name, subject, made = f"test.{new_id()}", new_id(), Recipient()
    if known_by == "introduction":
        outbox.introduce(name)
    else:
        outbox.subscribe(name, "thing.ended", made)
    await publish_to(outbox, mall, [name], (subject, 1))
    await publish_to(outbox, mall, [name], (subject, 2), kind="thing.ended")
    await deliver(outbox, mall)
    assert [(row["state"], row["attempts"] > 0) for row in await deliveries(subject)] == [
        ("done", False),
        ("done", known_by == "another_kind"),
    ]
    assert made.seen == ([2] if known_by == "another_kind" else [])


async def test_many_facts_are_written_by_two_statements(mall, outbox, recipient):
    """Three hundred facts cost as many statements as one."""
    seen = []
    async with db.transaction() as opened:
        opened.connection.add_query_logger(lambda record: seen.append(record.query))
        for count in (1, 300):
            await outbox.publish_many(
                "thing.happened",
                [Fact(subject_id=new_id(), payload={"n": n}) for n in range(count)],
                now=mall.now(),
            )
    assert len([sql for sql in seen if "INSERT" in sql]) == len(seen) - len({"COMMIT;"} & set(seen)) == 4


async def test_many_facts_keep_their_order_and_say_who_gets_them(mall, outbox, recipient):
    """Ids increase in the order given; the facts of a subject arrive in it; each name gets its copy once."""
    [subscribed] = outbox._handlers
    subjects, extra, other = [new_id(), new_id()], Recipient(), f"test.{new_id()}"
    outbox.subscribe(other, "thing.ended", extra)
    facts = [
        Fact(subject_id=subjects[n % 2], payload={"n": n}, recipients=[other, subscribed] if n > 7 else [])
        for n in range(12)
    ]

    @db.atomic
    async def work():
        await outbox.publish_many("thing.happened", facts, now=mall.now())

    await work()
    rows = await db.fetch(
        "SELECT (payload->>'n')::int AS n FROM outbox_event WHERE subject_id = ANY ($1::uuid[]) ORDER BY id", subjects
    )
    assert [row["n"] for row in rows] == list(range(12))
    await deliver(outbox, mall)
    assert [n for n in recipient.seen if n % 2] == [1, 3, 5, 7, 9, 11]
    assert [n for n in recipient.seen if not n % 2] == [0, 2, 4, 6, 8, 10]
    counts = await db.fetch(
        "SELECT recipient, count(*) FROM outbox_delivery WHERE subject_id = ANY ($1::uuid[]) GROUP BY 1", subjects
    )
    assert {row["recipient"]: row["count"] for row in counts} == {subscribed: 12, other: 4}


async def test_no_facts_are_no_rows_and_no_wake(mall, outbox):
    """An empty list is nothing to tell, and a fact without recipients wakes nobody."""
    woken = []

    async def wake():
        woken.append(True)

    outbox.on_publish(wake)

    @db.atomic
    async def work():
        await outbox.publish_many("thing.happened", [], now=mall.now())
        await outbox.publish("thing.happened", new_id(), {}, now=mall.now())

    await work()
    assert woken == []


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 9000])
async def test_an_error_in_a_text_that_a_database_refuses_is_still_written_down(mall, outbox, text):
    """A failing recipient cannot stop the courier by what its error says."""
    subject = new_id()

    async def fails(_):
        raise ValueError(text)

    outbox.subscribe(f"test.{new_id()}", "thing.happened", fails)
    await publish(outbox, mall, subject, 1)
    assert await deliver(outbox, mall) == 1
    [row] = await deliveries(subject)
    assert row["error"].startswith("ValueError: ")


async def test_an_error_that_cannot_be_shown_is_still_written_down(mall, outbox):
    """Nor by failing to say anything."""

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    async def fails(_):
        raise Mute

    subject = new_id()
    outbox.subscribe(f"test.{new_id()}", "thing.happened", fails)
    await publish(outbox, mall, subject, 1)
    assert await deliver(outbox, mall) == 1
    assert (await deliveries(subject))[0]["attempts"] == 1


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


async def scrambled(outbox, mall, clock) -> list[list[int]]:
    """What each subject's facts arrived as, where that is not the order in which they were published.

    Six couriers at once deliver ten facts of each of five subjects to a recipient that takes longer for earlier ones.
    """
    import asyncio

    seen = {new_id(): [] for _ in range(5)}

    async def slow(event):
        await asyncio.sleep(0.002 * (10 - event.payload["n"]))
        seen[event.subject_id].append(event.payload["n"])

    outbox.subscribe(f"test.{new_id()}", "thing.happened", slow)
    for subject in seen:
        await publish(outbox, mall, subject, *range(10))
    await asyncio.gather(*(deliver(outbox, mall) for _ in range(6)))
    clock.move(timedelta(minutes=1))
    await deliver(outbox, mall)
    return [numbers for numbers in seen.values() if numbers != list(range(10))]


async def test_couriers_at_once_keep_the_order_of_a_subject(mall, outbox, clock):
    """However many deliver, the facts of one subject arrive one after the other, each once."""
    assert await scrambled(outbox, mall, clock) == []


async def test_without_looking_for_earlier_facts_couriers_lose_the_order(mall, outbox, clock, monkeypatch):
    """The control: the same where nothing is ever blocked."""
    from galleria.core.storage import outbox as module

    monkeypatch.setattr(module, "_TAKE", module._TAKE.replace(module._BLOCKED, "false"))
    assert await scrambled(outbox, mall, clock) != []


async def test_an_addressed_recipient_gets_only_what_names_it(mall, outbox):
    """It is told of what it has a part in, not of everything of a kind."""
    name, made = f"test.{new_id()}", Recipient()
    outbox.subscribe(name, "thing.happened", made, addressed=True)
    await publish(outbox, mall, new_id(), 1)
    await publish_to(outbox, mall, [name], (new_id(), 2))
    await deliver(outbox, mall)
    assert made.seen == [2]


async def test_without_the_lock_two_couriers_deliver_twice(mall, outbox, recipient, monkeypatch):
    """The control: the same without FOR UPDATE SKIP LOCKED hands some fact over twice."""
    import asyncio

    from galleria.core.storage import outbox as module

    monkeypatch.setattr(module, "_TAKE", module._TAKE.replace("FOR UPDATE OF d SKIP LOCKED", ""))
    for n in range(20):
        await publish(outbox, mall, new_id(), n)
    await asyncio.gather(*(partial(deliver, outbox, mall)() for _ in range(6)))
    assert len(recipient.seen) > 20
