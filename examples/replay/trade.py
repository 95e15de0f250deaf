"""What came of buying and refunding, as the mall tells it, held against the data. Amounts are cents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from .model import Basket
from .prices import expected_discounted, paid_for


class BoughtLine(Struct, frozen=True):
    """A line of an order: its id, and what its units cost together."""

    id: str
    total: int


class Bought(Struct, frozen=True, kw_only=True):
    """A basket that was bought; `lines` are in the basket's order. `free`: paid at once, without a payment."""

    basket: Basket
    order_id: str
    paid: int
    free: bool
    lines: tuple[BoughtLine, ...]

    @property
    def as_expected(self) -> bool:
        """Whether the basket, and each of its lines, costs what it cost in the data."""
        totals = [line.total for line in self.lines]
        return self.paid == expected_discounted(self.basket) and totals == list(map(paid_for, self.basket.lines))


class Refunded(Struct, frozen=True, kw_only=True):
    """What an order's refunds gave back, and what they had to; `lines_differing` are lines that got something else."""

    store: int
    whole: bool
    amount: int
    expected: int
    lines_differing: int


class Trade(Struct, frozen=True, kw_only=True):
    """Everything that was bought and refunded; `ledger` is what each store's ledger says that it is owed."""

    bought: Sequence[Bought]
    refunded: Sequence[Refunded]
    ledger: Mapping[int, int]

    @property
    def paid(self) -> int:
        return sum(each.paid for each in self.bought)

    @property
    def baskets_differing(self) -> int:
        return sum(not each.as_expected for each in self.bought)

    @property
    def ledger_difference(self) -> int:
        """Captured less refunded against the data less what had to be refunded: differences of all stores, unsigned."""
        owed = Counter(dict(self.ledger))
        for bought in self.bought:
            owed[bought.basket.store] -= expected_discounted(bought.basket)
        for refunded in self.refunded:
            owed[refunded.store] += refunded.expected
        return sum(map(abs, owed.values()))
