"""The whole run: a new mall, its stores, its people, their baskets, refunds, and whether every cent is in its place."""

from __future__ import annotations

import asyncio
import sys

from . import mall
from .calls import calling
from .mall import Operator
from .outcome import BASKETS, HOUSEHOLDS, IMPORTS, RECEIPTS, REFUNDS, Outcome, differing
from .pace import Pace
from .plan import Plan
from .stages import Stages
from .timings import Timings
from .trade import Trade


def run(plan: Plan, pace: Pace, timings: Timings) -> Outcome:
    """Buy and refund in a mall that is made for it. Raises Unexpected, ServerFailed, and StartupError."""
    print(f"refunds are chosen by seed {plan.seed}", file=sys.stderr)
    with mall.engines_running() as settings:
        operator = asyncio.run(mall.prepare(settings))
        with mall.served(settings, workers=pace.workers) as url:
            trade = asyncio.run(_traded(plan, url, operator, pace, timings))
        violations = mall.check(settings)
    for line in differing(trade):
        print(line, file=sys.stderr)
    return Outcome.of(plan, trade, seconds=timings.stages[BASKETS], violations=violations)


async def _traded(plan: Plan, url: str, who: Operator, pace: Pace, timings: Timings) -> Trade:
    async with calling(url, timings, at_once=pace.at_once) as visitor:
        stages = Stages(plan, visitor, await visitor.signed_in(who.email, who.password), pace.at_once)
        with timings.stage(IMPORTS):
            skus = await stages.stock()
        with timings.stage(RECEIPTS):
            await stages.hand_in(skus)
        with timings.stage(HOUSEHOLDS):
            people = await stages.join()
        with timings.stage(BASKETS):
            bought = await stages.shop(people, skus)
        with timings.stage(REFUNDS):
            refunded = await stages.refund(bought)
        return Trade(bought=bought, refunded=refunded, ledger=await stages.ledger())
