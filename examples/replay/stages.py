"""The stages of a run, each for everybody: what is done one by one elsewhere is done here by a crowd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import crowd, households, ledger, receipts, refunding, shelves, shopping
from .calls import Caller
from .households import Household
from .model import Pair
from .plan import Plan
from .trade import Bought, Refunded

Skus = Mapping[Pair, str]


class Stages:
    """The stages over one plan, in the order in which they come; `at_once` calls are in flight."""

    def __init__(self, plan: Plan, visitor: Caller, operator: Caller, at_once: int) -> None:
        self._plan = plan
        self._visitor = visitor
        self._operator = operator
        self._at_once = at_once

    async def stock(self) -> Skus:
        """Make the stores and fill their shelves; return the SKUs, found as a shopper finds them."""
        await shelves.stock(self._operator, self._plan.catalogs(), at_once=self._at_once)
        return await shelves.skus(self._visitor, self._plan.prices, at_once=self._at_once)

    async def hand_in(self, skus: Skus) -> None:
        """Switch the plugin on in every store, and tell it what is on the receipts."""
        await receipts.switch_on(self._operator, self._plan.stores, at_once=self._at_once)
        await receipts.hand_in(self._operator, self._plan.baskets, skus, at_once=self._at_once)

    async def join(self) -> dict[int, Household]:
        """Register all households; return them by number."""
        numbers = list(self._plan.by_household())
        joined = await crowd.each(
            numbers,
            lambda number: households.join(self._visitor, number),
            at_once=self._at_once,
            saying="households",
        )
        return dict(zip(numbers, joined, strict=True))

    async def shop(self, people: Mapping[int, Household], skus: Skus) -> list[Bought]:
        """Buy all baskets, each household one after the other; return them in the plan's order."""
        wanted, carts = self._plan.by_household(), self._plan.by_cart

        async def shop(number: int) -> list[Bought]:
            return [
                await shopping.buy(people[number], basket, skus, by_cart=basket.id in carts)
                for basket in wanted[number]
            ]

        done = await crowd.each(
            list(wanted), shop, at_once=self._at_once, saying="baskets", weight=lambda number: len(wanted[number])
        )
        found = {bought.basket.id: bought for one in done for bought in one}
        return [found[basket.id] for basket in self._plan.baskets]

    async def refund(self, bought: Sequence[Bought]) -> list[Refunded]:
        """Make the planned refunds, and wait until the provider has carried them out."""
        refunds = self._plan.refunds
        chosen = [each for each in bought if each.basket.id in refunds]
        done = await crowd.each(
            chosen,
            lambda each: refunding.refund(self._operator, each, refunds[each.basket.id]),
            at_once=self._at_once,
            saying="refunds",
        )
        await refunding.settled(self._operator)
        return done

    async def ledger(self) -> dict[int, int]:
        """What each store is owed."""
        return await ledger.owed(self._operator, self._plan.stores, at_once=self._at_once)
