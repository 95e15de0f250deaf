from __future__ import annotations

import asyncio

import pytest
from galleria.core.errors import PreconditionFailed
from galleria.core.plugins import changing
from galleria.core.plugins.changing import Wish, change
from galleria.core.plugins.invariants import INVARIANTS
from galleria.core.storage import db
from galleria.core.storage.invariants import violations

from .inline import greeter


async def race(process, name, mall, monkeypatch, revision):
    """Two processes switch it at once, having read the same revision; returns what came of it."""
    read, both = changing.queries.standing, asyncio.Barrier(2)

    async def read_together(*arguments):
        found = await read(*arguments)
        await both.wait()
        return found

    monkeypatch.setattr(changing.queries, "standing", read_together)
    wish = Wish(revision=revision, state="on")
    outcomes = await asyncio.gather(
        *(change(process(greeter(name)).states, name, None, wish, now=mall.now()) for _ in range(2)),
        return_exceptions=True,
    )
    monkeypatch.setattr(changing.queries, "standing", read)
    return sorted("refused" if isinstance(outcome, PreconditionFailed) else outcome.state for outcome in outcomes)


async def changed_before(process, name, mall):
    """The revision of a plugin that was changed once."""
    made = await change(process(greeter(name)).states, name, None, Wish(revision=0, settings={}), now=mall.now())
    return made.revision


async def test_of_two_first_changes_one_is_refused(process, name, mall, monkeypatch):
    """Both saw that nobody had changed anything."""
    assert await race(process, name, mall, monkeypatch, 0) == ["on", "refused"]


async def test_of_two_later_changes_one_is_refused(process, name, mall, monkeypatch):
    """Both saw the same revision; the second one is told, and leaves no line of history."""
    revision = await changed_before(process, name, mall)
    assert await race(process, name, mall, monkeypatch, revision) == ["on", "refused"]
    assert await db.fetch_value("SELECT count(*) FROM plugin_state_change WHERE plugin = $1", name) == 2


async def test_control_without_the_comparison_a_change_is_lost(process, name, mall, monkeypatch):
    """The same races with the guards off: both believe that they made the change."""
    monkeypatch.setattr(
        changing,
        "_FIRST",
        changing._FIRST.replace("DO NOTHING", "DO UPDATE SET state = excluded.state, revision = excluded.revision"),
    )
    assert await race(process, name, mall, monkeypatch, 0) == ["on", "on"]
    revision = await changed_before(process, f"{name}b", mall)
    monkeypatch.setattr(changing, "_NEXT", changing._NEXT.replace("AND revision = $8", "AND $8::bigint > 0"))
    assert await race(process, f"{name}b", mall, monkeypatch, revision) == ["on", "on"]


async def test_revisions_of_concurrent_changes_are_all_different(process, name, mall):
    """Ten plugins at once count ten on, without a gap."""
    before = await db.fetch_value("SELECT revision FROM plugin_revision")
    names = [f"{name}_{number}" for number in range(10)]
    states = process(*(greeter(one) for one in names)).states
    made = await asyncio.gather(
        *(change(states, one, None, Wish(revision=0, state="on"), now=mall.now()) for one in names)
    )
    assert sorted(one.revision for one in made) == list(range(before + 1, before + 11))


BREAKS = {
    "every plugin's state is the last one of its history": [
        "UPDATE plugin_state SET state = 'off' WHERE plugin = $1",
        "UPDATE plugin_state SET settings = '{\"a\": 1}' WHERE plugin = $1",
        "DELETE FROM plugin_state_change WHERE plugin = $1",
        "UPDATE plugin_state_change SET revision = revision + 1000000 WHERE plugin = $1",
    ],
    "no change of a plugin is newer than the count of changes": [
        "UPDATE plugin_state_change SET revision = revision + 1000000 WHERE plugin = $1",
    ],
}


def test_every_invariant_has_a_way_to_break_it():
    """Each rule is tried against rows that break it."""
    assert set(BREAKS) == {invariant.name for invariant in INVARIANTS}


class Undo(Exception):
    """Ends a transaction whose rows are to vanish."""


@pytest.mark.parametrize(("rule", "statement"), [(rule, one) for rule, many in BREAKS.items() for one in many])
async def test_a_broken_rule_is_found(process, name, mall, rule, statement):
    """Rows that break a rule are reported; before, and after the undoing, all is whole."""
    states = process(greeter(name)).states
    await change(states, name, None, Wish(revision=0, state="on"), now=mall.now())
    [invariant] = [one for one in INVARIANTS if one.name == rule]
    assert await db.fetch(invariant.sql) == []
    with pytest.raises(Undo):
        async with db.transaction():
            await db.execute(statement, name)
            assert len(await db.fetch(invariant.sql)) == 1
            raise Undo
    assert await violations(INVARIANTS, mall.now()) == []
