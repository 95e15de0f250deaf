"""Counting attempts in the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from galleria.core.accounts import throttle
from galleria.core.storage import db


def keys_of(mall, identifier: str, address: str) -> list[throttle.Key]:
    return [throttle.by_identifier(mall, "test", identifier), throttle.by_address(mall, "test", address)]


async def failures(key: throttle.Key) -> int | None:
    return await db.fetch_value("SELECT failures FROM sign_in_throttle WHERE id = $1", key.id)


async def test_an_attempt_counts_against_every_key_or_none(clock, mall, email, anywhere):
    """An attempt that one key refuses is not counted against the other."""
    clock.hold()
    keys = keys_of(mall, email, anywhere)
    for _ in range(5):
        await throttle.admit(mall, keys)
    with pytest.raises(throttle.TooManyAttempts):
        await throttle.admit(mall, keys)
    assert [await failures(key) for key in keys] == [5, 5]


async def test_purposes_are_counted_apart(mall, email):
    """Failed sign-ins do not slow registrations."""
    assert throttle.by_identifier(mall, "a", email) != throttle.by_identifier(mall, "b", email)
    assert throttle.by_address(mall, "a", "192.0.2.1").id != throttle.by_identifier(mall, "a", "192.0.2.1").id


async def test_taking_back_ends_the_pause_that_the_attempt_brought(clock, mall, anywhere):
    """Twenty people who sign in at once from one address do not block it for the next."""
    clock.hold()
    key = throttle.by_address(mall, "test", anywhere)
    for _ in range(20):
        await throttle.admit(mall, [key])
    with pytest.raises(throttle.TooManyAttempts):
        await throttle.admit(mall, [key])
    await throttle.take_back([key])
    await throttle.admit(mall, [key])


async def test_a_row_that_was_purged_meanwhile_is_counted_again(clock, mall, email, monkeypatch):
    """A purge between making a row and locking it does not let an attempt through uncounted."""
    key, genuine, purged = throttle.by_identifier(mall, "test", email), throttle._locked, []

    async def purge_first(keys):
        if not purged:
            purged.append(await db.execute("DELETE FROM sign_in_throttle WHERE id = $1", key.id))
        return await genuine(keys)

    monkeypatch.setattr(throttle, "_locked", purge_first)
    await throttle.admit(mall, [key])
    assert (purged, await failures(key)) == ([1], 1)


async def test_crossing_keys_do_not_deadlock(clock, mall, email, anywhere):
    """Attempts that name the same rows in opposite order all get through or are refused."""
    clock.hold()
    keys = keys_of(mall, email, anywhere)
    orders = [keys, keys[::-1]] * 10
    answers = await asyncio.gather(*(throttle.admit(mall, order) for order in orders), return_exceptions=True)
    assert sum(answer is None for answer in answers) == 5
    assert all(answer is None or isinstance(answer, throttle.TooManyAttempts) for answer in answers)


async def test_the_longest_pause_ends(clock, mall, email):
    """However many failures there were, a quarter of an hour later one attempt is let in."""
    clock.hold()
    key = throttle.by_identifier(mall, "test", email)
    await throttle.admit(mall, [key])
    await db.execute("UPDATE sign_in_throttle SET failures = 1000000 WHERE id = $1", key.id)
    await throttle.admit(mall, [key])
    clock.move(timedelta(minutes=15) - timedelta(seconds=1))
    with pytest.raises(throttle.TooManyAttempts) as refused:
        await throttle.admit(mall, [key])
    assert refused.value.headers == {"Retry-After": "1"}
    clock.move(timedelta(seconds=1))
    await throttle.admit(mall, [key])
