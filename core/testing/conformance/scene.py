"""A store, somebody who buys there, and what is asked of the plugin: where one telling of a story takes place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from ...mall import Mall
from ..client import Api
from ..factories import Goods, Person, Shop
from ..processes import Process
from ..shopping import Counter, Shopper, deliver, line_of


@dataclass(kw_only=True)
class Scene:
    """A store with goods, somebody who wants them in these quantities, and what is asked of the plugin."""

    process: Process
    quantities: Sequence[int]
    extra: Any
    name: str
    place: UUID | None
    shop: Shop
    goods: Goods
    shopper: Shopper
    boss: Person
    asks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def mall(self) -> Mall:
        return self.process.mall

    @property
    def api(self) -> Api:
        """An anonymous client."""
        return self.process.api

    @property
    def owner(self) -> Api:
        """A client of the shop's owner."""
        return self.api.acting_as(self.shop.owner)

    @property
    def operator(self) -> Api:
        """A client of an operator of the mall."""
        return self.api.acting_as(self.boss)

    @property
    def counter(self) -> Counter:
        return Counter(self.owner, self.shop)

    @property
    def lines(self) -> list[dict[str, Any]]:
        extra = {} if self.extra is None else {self.name: self.extra}
        pairs = zip(self.goods.skus, self.quantities, strict=True)
        return [line_of(self.goods, quantity, sku, **extra) for sku, quantity in pairs]

    async def quote(self) -> Any:
        return await self.shopper.quote(self.lines, self.asks)

    async def try_to_place(self, expected: int | None = None) -> Any:
        return await self.shopper.try_to_place(self.lines, self.asks, expected=expected)

    async def place_order(self) -> Any:
        """Place the story's order, and have everybody told of it; the checkout."""
        placed = await self.shopper.place(self.lines, self.asks)
        await self.deliver()
        return placed

    async def deliver(self) -> None:
        await deliver(self.mall)

    def elsewhere(self, process: Process) -> Scene:
        """The same scene, served by another process."""
        client = process.api.acting_as(self.shopper.person)
        shopper = Shopper(process.mall, client, self.shopper.person, self.shopper.address_id)
        return replace(self, process=process, shopper=shopper)
