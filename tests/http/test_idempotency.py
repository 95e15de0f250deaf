from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from galleria.core.errors import Conflict, Invalid
from galleria.core.http.idempotency import KEPT, Slot, once, purge, recall
from galleria.core.ids import new_id
from galleria.core.storage import db


@pytest.fixture
def slot():
    return Slot(new_id().bytes, "a key", b"body")


def counting(answer=None):
    calls = []

    async def work():
        calls.append(1)
        await asyncio.sleep(0.01)
        return answer or {"n": len(calls)}

    return work, calls


async def test_a_repeated_request_gets_the_first_answer(mall, slot):
    """The work is done once; the second answer is marked as replayed."""
    work, calls = counting()
    first = await once(slot, work, mall.now())
    second = await once(slot, work, mall.now())
    assert (first, second, len(calls)) == ((201, {"n": 1}, False), (201, {"n": 1}, True), 1)
    assert await recall(slot) == (201, {"n": 1})


async def test_requests_at_the_same_time_do_the_work_once(mall, slot):
    """Sixteen at once: one works, the others wait for its answer."""
    work, calls = counting()
    answers = await asyncio.gather(*(once(slot, work, mall.now()) for _ in range(16)))
    assert len(calls) == 1
    assert {str(answer) for _, answer, _ in answers} == {"{'n': 1}"}


async def test_without_the_key_the_same_requests_work_sixteen_times(mall):
    """The control: sixteen different keys do the work sixteen times."""
    work, calls = counting()
    await asyncio.gather(*(once(Slot(new_id().bytes, "k", b""), work, mall.now()) for _ in range(16)))
    assert len(calls) == 16


async def test_another_body_under_the_same_key_is_refused(mall, slot):
    """The key stands for one request."""
    work, _ = counting()
    await once(slot, work, mall.now())
    with pytest.raises(Invalid) as refused:
        await once(Slot(slot.scope, slot.key, b"other"), work, mall.now())
    assert refused.value.code == "idempotency_key_reused"


async def test_another_caller_may_use_the_same_key(mall, slot):
    """Keys are scoped by caller, method and path."""
    work, calls = counting()
    await once(slot, work, mall.now())
    await once(Slot(new_id().bytes, slot.key, slot.body_hash), work, mall.now())
    assert len(calls) == 2


async def test_a_refusal_stores_nothing(mall, slot):
    """A request that was refused may be repeated, and then succeeds."""

    async def refuse():
        raise Conflict

    with pytest.raises(Conflict):
        await once(slot, refuse, mall.now())
    work, _ = counting()
    assert (await once(slot, work, mall.now()))[2] is False


async def test_old_answers_are_forgotten(mall, slot):
    """After KEPT the key is free again."""
    work, _ = counting()
    await once(slot, work, mall.now() - KEPT - timedelta(seconds=1))
    await purge(mall.now())
    assert await db.fetch_value("SELECT count(*) FROM idempotency_record WHERE scope = $1", slot.scope) == 0
