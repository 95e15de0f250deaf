from __future__ import annotations

import asyncio

import pytest
from galleria.core.plugins import states as module
from galleria.core.plugins.changing import Wish, change
from galleria.core.plugins.rules import PluginNotFound

from .inline import greeter


@pytest.fixture
def one(process, name):
    return process(greeter(name))


@pytest.fixture
def other(process, name):
    return process(greeter(name))


@pytest.fixture
def asked(monkeypatch):
    """How often the revision and the whole table were read."""
    counts = {"revision": 0, "standings": 0}
    for query in counts:
        monkeypatch.setattr(module.queries, query, counting(counts, query, getattr(module.queries, query)))
    return counts


def counting(counts, query, read):
    async def counted():
        counts[query] += 1
        return await read()

    return counted


async def test_the_database_is_asked_at_most_twice_a_second(one, name, asked):
    """A hundred uses in 2.4 seconds ask five times, and read the table once while nothing changes."""
    for _ in range(100):
        await one.states.is_on(name, None)
        one.ticks.seconds += 0.024
    assert asked == {"revision": 5, "standings": 1}


async def test_a_failed_poll_is_made_up_for_at_the_next_use(one, other, name, mall, monkeypatch):
    """An engine that is away is no answer: the next use asks again."""
    assert not await one.states.is_on(name, None)
    await change(other.states, name, None, Wish(revision=0, state="on"), now=mall.now())
    one.ticks.seconds += 0.5

    async def away():
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(module.queries, "revision", away)
        with pytest.raises(OSError):
            await one.states.is_on(name, None)
    assert await one.states.is_on(name, None)


async def test_whoever_comes_during_a_poll_does_not_wait(one, name, monkeypatch):
    """A slow poll holds up the request that makes it, and nobody else."""
    await one.states.is_on(name, None)
    one.ticks.seconds += 0.5
    read, reached, go = module.queries.revision, asyncio.Event(), asyncio.Event()

    async def slow():
        reached.set()
        await go.wait()
        return await read()

    monkeypatch.setattr(module.queries, "revision", slow)
    poll = asyncio.create_task(one.states.is_on(name, None))
    await reached.wait()
    assert not await one.states.is_on(name, None)
    go.set()
    assert not await poll


async def test_a_slow_answer_does_not_replace_a_newer_one(one, other, name, mall, monkeypatch):
    """A poll that read the table before a change ends after one that read it later: the later one stays."""
    read, reached, go = module.queries.standings, asyncio.Event(), asyncio.Event()

    async def late():
        found = await read()
        reached.set()
        await go.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(module.queries, "standings", late)
        poll = asyncio.create_task(one.states.is_on(name, None))
        await reached.wait()
    await change(other.states, name, None, Wish(revision=0, state="on"), now=mall.now())
    one.ticks.seconds += 0.5
    assert await one.states.is_on(name, None)
    go.set()
    await poll
    assert await one.states.is_on(name, None)


async def test_a_plugin_that_is_not_installed_is_not_off_but_unknown(one):
    """Asking for it is a mistake, not a state."""
    with pytest.raises(PluginNotFound):
        await one.states.of("nobody", None)


async def test_after_idle_seconds_nobody_is_given_an_old_picture(one, other, name, mall, make_shop, monkeypatch):
    """While one caller asks after a long pause, the next one asks too, instead of believing what is a minute old."""
    shop, begun = await make_shop(), asyncio.Event()
    await _switch(one, name, shop, "on")
    assert await other.states.is_on(name, shop.id)
    other.ticks.seconds += 60
    await _switch(one, name, shop, "draining")
    revision = module.queries.revision

    async def slow():
        begun.set()
        await asyncio.sleep(0.05)
        return await revision()

    monkeypatch.setattr(module.queries, "revision", slow)
    first = asyncio.create_task(other.states.is_on(name, shop.id))
    await begun.wait()
    assert await other.states.is_on(name, shop.id) is False
    assert await first is False


async def _switch(process, name, shop, state):
    revision = (await process.states.of(name, shop.id)).revision
    await change(process.states, name, shop.id, Wish(revision=revision, state=state), now=process.mall.now())
