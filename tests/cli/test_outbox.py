from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from galleria.core.ids import new_id

from .test_commands import environment, galleria

__all__ = ["environment"]


@pytest.fixture
async def letters(environment):
    """The ids of two dead letters of one recipient and one of another, oldest first."""
    link = await asyncpg.connect(environment["GALLERIA_DATABASE_URL"])
    now = datetime.now(UTC)
    found = {}
    for name in ("test.first", "test.second", "test.first"):
        event, delivery = new_id(), new_id()
        await link.execute(
            "INSERT INTO outbox_event (id, kind, subject_id, payload, created_at) VALUES ($1, 'thing', $1, $2, $3)",
            event, json.dumps({}), now - timedelta(hours=2),
        )  # fmt: skip
        await link.execute(
            "INSERT INTO outbox_delivery (id, event_id, recipient, subject_id, state, attempts, next_at, error) "
            "VALUES ($1, $2, $3, $2, 'parked', 12, $4, 'ValueError: two\nlines')",
            delivery, event, name, now,
        )  # fmt: skip
        found.setdefault(name, []).append(str(delivery))
    yield found
    await link.execute("DELETE FROM outbox_delivery")
    await link.execute("DELETE FROM outbox_event")
    await link.close()


def ids(printed: str) -> list[str]:
    return [line.split()[0] for line in printed.splitlines()[:-1]]


async def test_nothing_parked_is_a_sentence(environment):
    """A sound mall has no dead letters."""
    assert galleria(environment, "outbox", "list").stdout == "Nothing is parked.\n"


async def test_dead_letters_are_listed_newest_first(environment, letters):
    """A line each, of everybody or of one recipient, and how many there are."""
    first, second = letters["test.first"], letters["test.second"]
    printed = galleria(environment, "outbox", "list").stdout
    assert ids(printed) == [first[1], *second, first[0]]
    assert "test.first thing" in printed
    assert re.search(r", 2:\d\d:\d\d old: ", printed)
    assert printed.splitlines()[0].endswith("ValueError: two lines")
    assert printed.endswith("3 parked.\n")
    assert ids(galleria(environment, "outbox", "list", "--recipient", "test.second").stdout) == second
    cut = galleria(environment, "outbox", "list", "--limit", "2").stdout
    assert (ids(cut), cut.endswith("2 shown, there are more.\n")) == ([first[1], *second], True)


async def test_one_letter_is_retried_by_its_id(environment, letters):
    """It is pending then; again, it is not parked, and nothing is changed."""
    [letter] = letters["test.second"]
    assert galleria(environment, "outbox", "retry", letter).stdout == f"{letter} will be delivered again.\n"
    again = galleria(environment, "outbox", "retry", letter).stdout
    assert again == f"{letter} is pending, not parked; nothing is changed.\n"
    assert ids(galleria(environment, "outbox", "list").stdout) == letters["test.first"][::-1]


async def test_all_letters_of_a_recipient_are_retried(environment, letters):
    """The other's stay."""
    printed = galleria(environment, "outbox", "retry", "--recipient", "test.first").stdout
    assert printed == "2 will be delivered again.\n"
    assert ids(galleria(environment, "outbox", "list").stdout) == letters["test.second"]


async def test_a_retry_names_one_letter_or_a_recipient(environment, letters):
    """Neither, both, and an id that nothing has, are refused in a sentence."""
    [letter] = letters["test.second"]
    for arguments in ((), (letter, "--recipient", "test.second")):
        assert "Name one dead letter" in galleria(environment, "outbox", "retry", *arguments, status=2).stderr
    assert "There is no delivery" in galleria(environment, "outbox", "retry", str(new_id()), status=1).stderr
    assert len(ids(galleria(environment, "outbox", "list").stdout)) == 3
