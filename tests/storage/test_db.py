from __future__ import annotations

import asyncio

import asyncpg
import pytest
from galleria.core.ids import new_id
from galleria.core.storage import bulk, db

INSERT = "INSERT INTO outbox_event (id, kind, subject_id, payload, created_at) VALUES ($1, $2, $1, '{}', now())"
COUNT = "SELECT count(*) FROM outbox_event WHERE id = $1"


async def test_a_nested_function_joins_the_transaction(mall):
    """What an inner atomic function wrote is undone with the outer one."""
    identity = new_id()
    inner = db.atomic(lambda: db.execute(INSERT, identity, "inner"))

    @db.atomic
    async def outer():
        await inner()
        raise ValueError

    with pytest.raises(ValueError):
        await outer()
    assert await db.fetch_value(COUNT, identity) == 0


async def test_a_savepoint_is_undone_alone(mall):
    """A failing part leaves the transaction usable, and what came before it in place."""
    kept, undone = new_id(), new_id()
    async with db.transaction():
        await db.execute(INSERT, kept, "kept")
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with db.savepoint():
                await db.execute(INSERT, undone, "undone")
                await db.execute("SELECT 1 / 0")
    assert [await db.fetch_value(COUNT, kept), await db.fetch_value(COUNT, undone)] == [1, 0]


async def test_a_deadlock_is_retried_until_both_succeed(mall):
    """Two transactions that lock two rows in opposite order both commit in the end."""
    first, second = new_id(), new_id()
    for identity in (first, second):
        await db.execute(INSERT, identity, "0")
    tries = []

    @db.atomic
    async def touch(one, other):
        tries.append(1)
        await db.execute("UPDATE outbox_event SET kind = kind || '1' WHERE id = $1", one)
        await asyncio.sleep(0.05)
        await db.execute("UPDATE outbox_event SET kind = kind || '1' WHERE id = $1", other)

    await asyncio.gather(touch(first, second), touch(second, first))
    kinds = await db.fetch("SELECT kind FROM outbox_event WHERE id = ANY ($1::uuid[])", [first, second])
    assert [row["kind"] for row in kinds] == ["011", "011"]
    assert len(tries) > 2


async def test_a_cancelled_request_gives_its_connection_back(mall):
    """Forty transactions that are cut off in the middle leave a pool of thirty connections usable."""

    @db.atomic
    async def slow():
        await db.execute("SELECT pg_sleep(5)")

    for _ in range(2):
        tasks = [asyncio.create_task(slow()) for _ in range(20)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    results = await asyncio.gather(*(db.fetch_value("SELECT 1") for _ in range(40)))
    assert results == [1] * 40
    assert db.current_transaction() is None


async def test_after_commit_is_not_called_on_rollback(mall):
    """A callback belongs to the commit."""
    called = []

    async def callback():
        called.append(1)

    with pytest.raises(ValueError):
        async with db.transaction():
            db.after_commit(callback)
            raise ValueError
    async with db.transaction():
        db.after_commit(callback)
        assert not called
    assert called == [1]


async def test_bulk_insert_takes_arrays_and_json(mall):
    """Rows with nested JSON, times and ids arrive as they were given."""
    rows = [
        {"id": new_id(), "kind": f"k{n}", "subject_id": new_id(), "payload": {"n": [n, "文"]}, "created_at": mall.now()}
        for n in range(3)
    ]
    await bulk.insert("outbox_event", rows)
    found = await db.fetch(
        "SELECT * FROM outbox_event WHERE id = ANY ($1::uuid[]) ORDER BY kind", [r["id"] for r in rows]
    )
    assert [dict(record) | {"store_id": None} for record in found] == [row | {"store_id": None} for row in rows]
