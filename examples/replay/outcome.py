"""What came of a run: one JSON object for machines, and a few lines for who watched."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from .model import SkipCounts
from .plan import Plan
from .prices import expected_discounted
from .timings import Timings
from .trade import Trade

IMPORTS, RECEIPTS, HOUSEHOLDS, BASKETS, REFUNDS = "imports", "receipts", "households", "baskets", "refunds"
"""The stages of a run."""
_SHOWN = 10
"""Baskets that differ are shown up to this number."""


class RefundCounts(Struct, frozen=True, kw_only=True):
    """Orders refunded as a whole and in part, what they were given back, and what the data says that must be."""

    whole: int
    partial: int
    amount: int
    expected: int
    lines_differing: int

    @classmethod
    def of(cls, trade: Trade) -> RefundCounts:
        return cls(
            whole=sum(each.whole for each in trade.refunded),
            partial=sum(not each.whole for each in trade.refunded),
            amount=sum(each.amount for each in trade.refunded),
            expected=sum(each.expected for each in trade.refunded),
            lines_differing=sum(each.lines_differing for each in trade.refunded),
        )


class Outcome(Struct, frozen=True, kw_only=True):
    """`paid` is what Galleria's orders say, `expected` what the data says; `difference` is paid - expected.

    `baskets_differing` have another total, or a line with another total; `zero_baskets` were paid without a
    provider. `ledger_difference` sums up by how much stores' accounts are off. Amounts are minor units.
    """

    baskets: int
    lines: int
    skipped: SkipCounts
    paid: int
    expected: int
    difference: int
    baskets_differing: int
    zero_baskets: int
    refunds: RefundCounts
    ledger_difference: int
    baskets_per_s: float
    invariant_violations: int

    @classmethod
    def of(cls, plan: Plan, trade: Trade, *, seconds: float, violations: int) -> Outcome:
        return cls(
            baskets=len(trade.bought),
            lines=sum(len(bought.lines) for bought in trade.bought),
            skipped=plan.skipped,
            paid=trade.paid,
            expected=plan.expected,
            difference=trade.paid - plan.expected,
            baskets_differing=trade.baskets_differing,
            zero_baskets=sum(bought.free for bought in trade.bought),
            refunds=RefundCounts.of(trade),
            ledger_difference=trade.ledger_difference,
            baskets_per_s=round(len(plan.baskets) / seconds, 2),
            invariant_violations=violations,
        )

    @property
    def exit_code(self) -> int:
        """0 when every cent is where it belongs and every invariant holds, else 1."""
        amounts = self.difference, self.refunds.amount - self.refunds.expected, self.ledger_difference
        counts = self.baskets_differing, self.refunds.lines_differing, self.invariant_violations
        return 1 if any((*amounts, *counts)) else 0


def differing(trade: Trade) -> Iterator[str]:
    """Yield a line about each of the first baskets that cost something else than in the data."""
    found = [bought for bought in trade.bought if not bought.as_expected]
    for bought in found[:_SHOWN]:
        paid, expected = bought.paid, expected_discounted(bought.basket)
        yield f"basket {bought.basket.id}: order {bought.order_id} is paid with {paid}, in the data with {expected}"


def report(plan: Plan, timings: Timings) -> Iterator[str]:
    """Yield lines about how fast it was, and what the receipts made of the list prices."""
    households = len(plan.by_household())
    yield f"list price  {plan.listed / 100:12.2f}, by the receipts {plan.expected / 100:.2f}"
    yield f"imports     {timings.stages[IMPORTS]:8.1f} s for {len(plan.prices)} products"
    yield f"receipts    {timings.stages[RECEIPTS]:8.1f} s for {plan.lines} lines"
    yield f"households  {households / timings.stages[HOUSEHOLDS]:8.1f} a second"
    yield f"baskets     {len(plan.baskets) / timings.stages[BASKETS]:8.1f} a second"
    yield f"refunds     {timings.stages[REFUNDS]:8.1f} s for {len(plan.refunds)} orders"
    yield f"{'call':<20} {'count':>8} {'p50 ms':>9} {'p99 ms':>9}"
    for summary in timings.summaries():
        yield f"{summary.kind:<20} {summary.count:>8} {summary.p50:>9.1f} {summary.p99:>9.1f}"
