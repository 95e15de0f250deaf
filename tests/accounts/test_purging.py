"""Forgetting what is of no use any more."""

from __future__ import annotations

from datetime import timedelta

from galleria.core.accounts import purging, sessions, throttle
from galleria.core.accounts.sweeps import SWEEPS
from galleria.core.storage import db


async def _sessions(account_id) -> int:
    return await db.fetch_value("SELECT count(*) FROM session WHERE account_id = $1", account_id)


async def test_a_session_is_purged_thirty_days_after_its_end(clock, enter, mall):
    """A live session stays, and so does one that ended less than thirty days ago."""
    person = await enter()
    await purging.purge_sessions(mall.now() + timedelta(days=59))
    assert await _sessions(person.id) == 1
    await purging.purge_sessions(mall.now() + timedelta(days=61))
    assert await _sessions(person.id) == 0


async def test_a_revoked_session_is_purged_thirty_days_later(enter, mall):
    """Counted from the moment of revoking, not from its expiry."""
    person = await enter()
    await sessions.revoke_all(mall, person.id)
    await purging.purge_sessions(mall.now() + timedelta(days=29))
    assert await _sessions(person.id) == 1
    await purging.purge_sessions(mall.now() + timedelta(days=31))
    assert await _sessions(person.id) == 0


async def test_counts_are_purged_after_a_quiet_day(email, mall):
    """A row of today stays."""
    key = throttle.by_identifier(mall, "test", email)
    await throttle.admit(mall, [key])
    kept = "SELECT count(*) FROM sign_in_throttle WHERE id = $1"
    await purging.purge_throttle(mall.now() + timedelta(hours=23))
    assert await db.fetch_value(kept, key.id) == 1
    await purging.purge_throttle(mall.now() + timedelta(hours=25))
    assert await db.fetch_value(kept, key.id) == 0


async def test_a_purge_goes_on_until_nothing_is_left(enter, mall, monkeypatch, sign_in):
    """More rows than one batch are deleted in one run; the count is of all."""
    person = await enter()
    for _ in range(3):
        await sign_in(person.email)
    monkeypatch.setattr(purging, "BATCH", 2)
    assert await purging.purge_sessions(mall.now() + timedelta(days=61)) >= 4
    assert await _sessions(person.id) == 0


async def test_the_sweeps_purge(clock, enter, mall):
    """Both sweeps run, at the mall's time."""
    person = await enter()
    clock.move(timedelta(days=61))
    done = {sweep.name: await sweep.run(mall) for sweep in SWEEPS}
    assert set(done) == {"ended_sessions", "forgiven_failures"}
    assert min(done.values()) >= 1
    assert await _sessions(person.id) == 0
