from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from galleria.core.ids import new_id
from galleria.core.jobs import dead_letters
from galleria.core.storage import db
from galleria.core.storage.outbox import MAX_ATTEMPTS
from galleria.core.testing.client import ok, problem
from structlog.testing import capture_logs

PATH = "/api/mall/dead-letters"


class Deaf:
    """A recipient of the mall that fails until it is told to listen."""

    def __init__(self, mall, clock):
        self.mall, self.clock = mall, clock
        self.name, self.kind = f"test.{new_id()}", f"test.{new_id()}"
        self.seen, self.listening = [], False
        mall.outbox.subscribe(self.name, self.kind, self._hear)

    async def _hear(self, event):
        if not self.listening:
            raise ValueError("not today")
        self.seen.append(event.payload["n"])

    async def tell(self, subject, *numbers, store_id=None):
        @db.atomic
        async def work():
            for n in numbers:
                await self.mall.outbox.publish(self.kind, subject, {"n": n}, now=self.mall.now(), store_id=store_id)

        await work()

    async def give_up(self):
        """Try until everything of it is parked or waits behind what is."""
        with capture_logs():
            for _ in range(MAX_ATTEMPTS):
                await self.mall.outbox.deliver(self.mall.now())
                self.clock.move(timedelta(hours=1))

    async def parked(self, *subjects) -> list[UUID]:
        """The ids of a dead letter of each subject, in order."""
        for subject in subjects:
            await self.tell(subject, 1)
        await self.give_up()
        sql = "SELECT id FROM outbox_delivery WHERE recipient = $1 AND state = 'parked' ORDER BY id"
        return [row["id"] for row in await db.fetch(sql, self.name)]


@pytest.fixture
def deaf(mall, clock):
    made = Deaf(mall, clock)
    yield made
    del mall.outbox._handlers[made.name]


@pytest.fixture
def operator(api, make_person):
    """Signs an operator in, now: time goes by while letters are given up."""

    async def sign_in():
        return api.acting_as(await make_person(operator=True))

    return sign_in


async def test_a_dead_letter_says_what_whom_and_why(deaf, clock, make_shop, operator):
    """Recipient, kind, subject, store, tries, the last error, and its age in seconds."""
    shop, subject = await make_shop(), new_id()
    clock.hold()
    await deaf.tell(subject, 1, store_id=shop.id)
    await deaf.give_up()
    [letter] = ok(await (await operator()).get(PATH, params={"recipient": deaf.name}))["items"]
    assert (letter["recipient"], letter["kind"]) == (deaf.name, deaf.kind)
    assert (letter["subject_id"], letter["store_id"]) == (str(subject), str(shop.id))
    assert (letter["state"], letter["attempts"], letter["error"]) == ("parked", MAX_ATTEMPTS, "ValueError: not today")
    assert letter["age"] == MAX_ATTEMPTS * 3600


async def test_the_list_is_newest_first_and_goes_page_by_page(deaf, operator):
    """Five letters in pages of two, each once; what only waits behind one is not in the list."""
    subjects = [new_id() for _ in range(5)]
    ids = await deaf.parked(*subjects, *subjects)
    assert len(ids) == 5
    seen, cursor = [], None
    while cursor or not seen:
        params = {"recipient": deaf.name, "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = ok(await (await operator()).get(PATH, params=params))
        assert len(page["items"]) <= 2
        seen += [letter["id"] for letter in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [str(identity) for identity in reversed(ids)]


async def test_without_a_recipient_the_list_has_everybodys(mall, clock, deaf, operator):
    """The newest letters are those that were published last, whoever could not take them."""
    other = Deaf(mall, clock)
    [first] = await deaf.parked(new_id())
    [second] = await other.parked(new_id())
    shown = [letter["id"] for letter in ok(await (await operator()).get(PATH, params={"limit": 2}))["items"]]
    del mall.outbox._handlers[other.name]
    assert shown == [str(second), str(first)]


async def test_a_retried_letter_arrives_and_what_waited_behind_it_follows(mall, deaf, operator):
    """It begins anew and at once, and its subject's later facts come after it, in order."""
    subject = new_id()
    await deaf.tell(subject, 1, 2, 3)
    await deaf.give_up()
    [letter] = await dead_letters.parked(dead_letters.Filter(recipient=deaf.name))
    deaf.listening = True
    assert await mall.outbox.deliver(mall.now()) == 0
    retried = ok(await (await operator()).post(f"{PATH}/{letter.id}/retry", key=""))
    assert (retried["id"], retried["state"], retried["attempts"]) == (str(letter.id), "pending", 0)
    await mall.outbox.deliver(mall.now())
    assert deaf.seen == [1, 2, 3]


async def test_a_retry_sent_again_changes_nothing(mall, deaf, operator):
    """Pending or delivered, a letter that is not parked stays as it is, and the answer says so."""
    [letter] = await deaf.parked(new_id())
    deaf.listening = True
    path = f"{PATH}/{letter}/retry"
    assert [ok(await (await operator()).post(path, key=""))["state"] for _ in range(2)] == ["pending", "pending"]
    await mall.outbox.deliver(mall.now())
    done = ok(await (await operator()).post(path, key=""))
    assert (done["state"], done["attempts"], deaf.seen) == ("done", 1, [1])


async def test_a_retry_that_fails_again_is_tried_as_often_as_before(deaf, operator):
    """Attempts are counted from nothing: the letter is not parked by the next failure."""
    [letter] = await deaf.parked(new_id())
    ok(await (await operator()).post(f"{PATH}/{letter}/retry", key=""))
    with capture_logs():
        await deaf.mall.outbox.deliver(deaf.mall.now())
    assert (await dead_letters.delivery(letter)).state == "pending"
    await deaf.give_up()
    assert (await dead_letters.delivery(letter)).attempts == MAX_ATTEMPTS


async def test_of_two_retries_at_once_one_changes_the_letter(mall, deaf):
    """The state that was read is compared when it is set."""
    [letter] = await deaf.parked(new_id())
    assert sorted(await asyncio.gather(*(dead_letters.retry(mall, letter) for _ in range(4)))) == [False] * 3 + [True]


async def test_without_the_comparison_each_of_them_changes_it(mall, deaf, monkeypatch):
    """The control: the same without a condition on the state."""
    [letter] = await deaf.parked(new_id())
    monkeypatch.setattr(dead_letters, "_RETRY", dead_letters._RETRY.replace("state = 'parked'", "true"))
    assert await asyncio.gather(*(dead_letters.retry(mall, letter) for _ in range(4))) == [True] * 4


async def test_all_letters_of_a_recipient_are_retried_and_no_others(mall, clock, deaf):
    """A recipient whose plugin was mended gets everything; another's letters stay parked."""
    other = Deaf(mall, clock)
    assert len(await deaf.parked(new_id(), new_id())) == 2
    [kept] = await other.parked(new_id())
    deaf.listening = True
    assert await dead_letters.retry_all(mall, deaf.name) == 2
    await mall.outbox.deliver(mall.now())
    del mall.outbox._handlers[other.name]
    assert deaf.seen == [1, 1]
    assert (await dead_letters.delivery(kept)).state == "parked"


async def test_a_retry_wakes_the_couriers(mall, deaf, monkeypatch):
    """Nobody waits for the next interval; a retry of nothing wakes nobody."""
    [letter] = await deaf.parked(new_id())
    woken = []

    async def wake():
        woken.append(True)

    monkeypatch.setattr(mall.outbox, "_wake", wake)
    assert await dead_letters.retry(mall, letter)
    assert not await dead_letters.retry(mall, letter)
    assert woken == [True]


async def test_an_unknown_letter_is_not_found(operator):
    """404 with a code of its own."""
    problem(await (await operator()).post(f"{PATH}/{new_id()}/retry", key=""), 404, "dead_letter_not_found")


async def test_dead_letters_are_the_operators(api, deaf, make_person, make_shop):
    """Anonymous callers, shoppers and owners of stores neither see nor retry them."""
    [letter] = await deaf.parked(new_id())
    for caller, status in ((api, 401), *((api.acting_as(who), 403) for who in await strangers(make_person, make_shop))):
        assert (await caller.get(PATH)).status_code == status
        assert (await caller.post(f"{PATH}/{letter}/retry", key="")).status_code == status
    assert (await dead_letters.delivery(letter)).state == "parked"


async def strangers(make_person, make_shop):
    return [await make_person(), (await make_shop()).owner]
