"""What single units of a priced row are worth, and who is repaid by a refund.

A row's balances (list price first, then one after each adjustment) are frozen at placement. Units are
numbered in the order in which they are refunded, so that every refund reads the same function of the
balances and all of them together return exactly what was paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


class Repayment(NamedTuple):
    """How a refund is paid out: to the provider, and to each tender in the order in which it was used."""

    provider: int
    tenders: tuple[int, ...]


def units_worth(balances: Sequence[int], quantity: int, already: int, count: int) -> tuple[int, ...]:
    """Return what the `count` units after the first `already` carry of each balance of a row.

    The last element is what the buyer paid for them. Raises ValueError when the row has not so many units.
    """
    if already < 0 or count < 0 or already + count > quantity:
        raise ValueError(f"units {already + 1} to {already + count} of a row of {quantity}")
    upto = already + count
    return tuple(balance * upto // quantity - balance * already // quantity for balance in balances)


def adjustment_shares(worth: Sequence[int]) -> tuple[int, ...]:
    """Return the signed share of each adjustment in units of that worth, in the order of the balances."""
    return tuple(after - before for before, after in pairwise(worth))


def repay(amount: int, provider: int, tenders: Sequence[int]) -> Repayment:
    """Split a refund over what is left of an order's provider money and of its tenders.

    Provider money comes first, then the tenders, the last one used first. `tenders` are positive amounts
    in the order of use. Raises ValueError when the amount is negative or more than what is left.
    """
    if not 0 <= amount <= provider + sum(tenders):
        raise ValueError(f"a refund of {amount} where {provider + sum(tenders)} is left")
    by_provider = min(amount, provider)
    left = amount - by_provider
    parts = [0] * len(tenders)
    for i in reversed(range(len(tenders))):
        parts[i] = min(left, tenders[i])
        left -= parts[i]
    return Repayment(by_provider, tuple(parts))
