from __future__ import annotations

import asyncio

import pytest
from galleria.examples.replay import crowd


async def test_answers_are_in_the_order_of_the_items() -> None:
    """The one that is done last, but was asked first, stays first."""
    done = asyncio.Event()

    async def work(item: int) -> int:
        if item == 0:
            await done.wait()
        else:
            done.set()
        return item * 10

    assert await crowd.each([0, 1], work, at_once=2, saying="test") == [0, 10]


async def test_no_more_are_in_flight_than_allowed() -> None:
    """Three at once, when there are ten, and all three places are used."""
    running, most = 0, 0

    async def work(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    await crowd.each(range(10), work, at_once=3, saying="test")
    assert most == 3


async def test_nothing_to_do_is_done() -> None:
    """No item, no answer, and no wait."""

    async def work(_: int) -> None:
        raise AssertionError

    assert await crowd.each([], work, at_once=3, saying="test") == []


async def test_failure_ends_the_others_and_is_raised_as_it_is() -> None:
    """The caller catches what was raised, not a group of it, and what has not begun never begins."""
    begun = []

    async def work(item: int) -> None:
        begun.append(item)
        if item == 1:
            raise KeyError(item)
        await asyncio.Event().wait()

    with pytest.raises(KeyError):
        await crowd.each(range(10), work, at_once=2, saying="test")
    assert begun == [0, 1]
