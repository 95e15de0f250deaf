"""The whole run: a new mall, its stores, its people, their baskets, and whether every cent is where it belongs."""

from __future__ import annotations

import asyncio
import sys

from msgspec import Struct

from . import crowd, households, mall, shelves, shopping
from .calls import Caller, calling
from .mall import Operator
from .outcome import BASKETS, HOUSEHOLDS, IMPORTS, Outcome
from .plan import Plan
from .timings import Timings


class Pace(Struct, frozen=True, kw_only=True):
    """How many processes serve, and how many calls are in flight."""

    workers: int = 2
    at_once: int = 16


def run(plan: Plan, pace: Pace, timings: Timings) -> Outcome:
    """Buy everything in a mall that is made for it. Raises Unexpected, ServerFailed, and StartupError."""
    with mall.engines_running() as settings:
        operator = asyncio.run(mall.prepare(settings))
        with mall.served(settings, workers=pace.workers) as url:
            paid = asyncio.run(_bought(plan, url, operator, pace, timings))
        broken = asyncio.run(mall.violations(settings))
    for violation in broken:
        print(f"BROKEN: {violation.name}: {violation.count} rows: {violation.examples}", file=sys.stderr)
    return Outcome.of(plan, paid=paid, seconds=timings.stages[BASKETS], violations=len(broken))


async def _bought(plan: Plan, url: str, who: Operator, pace: Pace, timings: Timings) -> int:
    async with calling(url, timings, at_once=pace.at_once) as visitor:
        with timings.stage(IMPORTS):
            operator = await visitor.signed_in(who.email, who.password)
            await shelves.stock(operator, plan.catalogs(), at_once=pace.at_once)
        return await _shopped(plan, visitor, pace, timings)


async def _shopped(plan: Plan, visitor: Caller, pace: Pace, timings: Timings) -> int:
    """What the baskets were paid with, together."""
    at_once, wanted = pace.at_once, plan.by_household()
    skus = await shelves.skus(visitor, plan.prices, at_once=at_once)
    numbers = list(wanted)
    with timings.stage(HOUSEHOLDS):
        joined = await crowd.each(
            numbers, lambda number: households.join(visitor, number), at_once=at_once, saying="households"
        )
    people = dict(zip(numbers, joined, strict=True))

    async def shop(number: int) -> int:
        return sum([await shopping.buy(people[number], basket, skus) for basket in wanted[number]])

    with timings.stage(BASKETS):
        paid = await crowd.each(
            numbers, shop, at_once=at_once, saying="baskets", weight=lambda number: len(wanted[number])
        )
    return sum(paid)
