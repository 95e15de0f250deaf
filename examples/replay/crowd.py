"""Doing something for many, some of them at once, with progress on standard error."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")
R = TypeVar("R")


async def each(
    items: Sequence[T],
    work: Callable[[T], Awaitable[R]],
    *,
    at_once: int,
    saying: str,
    weight: Callable[[T], int] = lambda _: 1,
) -> list[R]:
    """Return what `work` gives for each item, in their order; items are begun in their order, `at_once` in flight.

    The first exception ends the others and is raised as it is. `weight` is what an item counts in the progress.
    """
    found: dict[int, R] = {}
    waiting = iter(enumerate(items))
    with tqdm(total=sum(map(weight, items)), desc=saying, file=sys.stderr, mininterval=0.5) as bar:

        async def draw() -> None:
            for index, item in waiting:
                found[index] = await work(item)
                bar.update(weight(item))

        await _all(draw, min(at_once, len(items)))
    return [found[index] for index in range(len(items))]


async def _all(draw: Callable[[], Awaitable[None]], count: int) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(_coroutine(draw))
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None


async def _coroutine(draw: Callable[[], Awaitable[None]]) -> None:
    await draw()
