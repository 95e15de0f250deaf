"""Which statements name their store."""

from __future__ import annotations

import pytest
from galleria.core.storage import db
from galleria.core.testing.conformance.statements import answered, names_its_store, recorded, touches, values_of

SCOPED = [
    "SELECT amount FROM gifts_gift WHERE store_id = $1 AND code = $2",
    "INSERT INTO gifts_gift (id, store_id, code) VALUES ($1, $2, $3)",
    "UPDATE gifts_gift SET used = true WHERE store_id IS NOT DISTINCT FROM $1 RETURNING id",
    'SELECT "gifts_gift"."id" FROM "gifts_gift" WHERE "gifts_gift"."store_id" = $1',
    "SELECT g.id FROM gifts_gift g JOIN unnest($1::uuid[]) AS s (store_id) ON g.store_id = s.store_id",
    "WITH used AS (UPDATE gifts_gift SET n = 1 WHERE store_id = $1 RETURNING id) SELECT count(*) FROM used",
    "DELETE FROM gifts_gift USING order_line l WHERE l.id = line_id AND gifts_gift.store_id = $1",
]
LOOSE = [
    "SELECT store_id, amount FROM gifts_gift",
    "SELECT store_id, amount FROM gifts_gift WHERE id = $1",
    "UPDATE gifts_gift SET used = true WHERE id = $1 RETURNING store_id",
    "DELETE FROM gifts_gift",
    "INSERT INTO gifts_gift (id, code) VALUES ($1, 'store_id')",
    "SELECT amount FROM gifts_gift WHERE id = $1 -- of one store_id",
]


@pytest.mark.parametrize("sql", SCOPED)
def test_a_statement_that_names_its_store(sql):
    """`store_id` is inserted, or is in a condition."""
    assert names_its_store(sql)


@pytest.mark.parametrize("sql", LOOSE)
def test_a_statement_that_does_not(sql):
    """A column that is read or returned, a text and a remark name no store."""
    assert not names_its_store(sql)


def test_a_table_is_known_by_its_whole_name():
    """A longer name, a text or a remark is no other table."""
    assert touches('SELECT 1 FROM "gifts_gift"', ["gifts_gift"])
    assert not touches("SELECT 1 FROM gifts_gift_line", ["gifts_gift"])
    assert not touches("SELECT 'gifts_gift' /* gifts_gift */", ["gifts_gift"])


async def test_statements_are_recorded_on_every_connection(mall):
    """Pooled ones, those that only read, those in a transaction; nothing after the block."""

    async def reading():
        db.only_read()
        return await db.fetch_value("SELECT 2")

    with recorded() as seen:
        await db.fetch("SELECT 1")
        assert await reading() == 2
        async with db.transaction():
            await db.execute("SELECT 3")
    await db.fetch("SELECT 4")
    assert [sql for sql in seen if sql.startswith("SELECT")] == ["SELECT 1", "SELECT 2", "SELECT 3"]


async def test_what_statements_return_is_collected(mall):
    """Rows, one row, one value: all of their values, as text."""
    with answered() as seen:
        await db.fetch("SELECT 1 AS a, 'x' AS b UNION SELECT 2, 'y'")
        await db.fetch_row("SELECT 3 AS c")
        await db.fetch_value("SELECT 4")
    assert [values_of(answer) for _, answer in seen] == [{"1", "x", "2", "y"}, {"3"}, {"4"}]
