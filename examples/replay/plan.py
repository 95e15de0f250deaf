"""What is to be bought, and what it must cost: computed before Galleria is asked anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from . import catalog_csv, prices
from .model import Basket, Pair, Product, Replay, SkipCounts
from .refunds import Refunds, refunds_of

CART_EVERY = 5
"""Each so manieth basket goes through a cart, line by line; the others are bought directly."""


class PlanError(ValueError):
    """A basket was named that the weeks do not have."""


class Plan(Struct, frozen=True, kw_only=True):
    """Baskets in the order of their time, with the list price of everything in them. Amounts are minor units.

    `refunds` are by basket, chosen by `seed`.
    """

    baskets: tuple[Basket, ...]
    products: Mapping[int, Product]
    prices: Mapping[Pair, int]
    skipped: SkipCounts
    refunds: Mapping[int, Refunds]
    seed: int

    @classmethod
    def of(cls, replay: Replay, only: Collection[int] = (), *, seed: int = 1, refund_every: int = 10) -> Plan:
        """Plan all baskets, or `only` these; list prices are those of all either way. Raises PlanError."""
        baskets = tuple(basket for basket in replay.baskets if not only or basket.id in only)
        missing = set(only) - {basket.id for basket in baskets}
        if missing:
            raise PlanError(f"Weeks {replay.weeks} have no basket {', '.join(map(str, sorted(missing)))} to be bought.")
        shelf = prices.list_prices(replay.baskets)
        wanted = {line.pair for basket in baskets for line in basket.lines}
        return cls(
            baskets=baskets,
            products=replay.products,
            prices={pair: shelf[pair] for pair in sorted(wanted)},
            skipped=replay.skipped,
            refunds=refunds_of(baskets, every=refund_every, seed=seed),
            seed=seed,
        )

    @property
    def lines(self) -> int:
        return sum(len(basket.lines) for basket in self.baskets)

    @property
    def stores(self) -> list[int]:
        return sorted({basket.store for basket in self.baskets})

    @property
    def listed(self) -> int:
        """What all baskets cost together at list price."""
        return sum(prices.list_total(basket, self.prices) for basket in self.baskets)

    @property
    def expected(self) -> int:
        """What all baskets must cost together: what was paid for them in the data."""
        return sum(map(prices.expected_discounted, self.baskets))

    @property
    def by_cart(self) -> frozenset[int]:
        """The baskets that go through a cart."""
        return frozenset(basket.id for basket in self.baskets[::CART_EVERY])

    def catalogs(self) -> dict[int, str]:
        """The CSV text of each store, by store."""
        return catalog_csv.catalogs(self.products, self.prices)

    def by_household(self) -> dict[int, list[Basket]]:
        """Baskets by household, each in the order of their time; the household that buys first is first."""
        found: dict[int, list[Basket]] = {}
        for basket in self.baskets:
            found.setdefault(basket.household, []).append(basket)
        return found
