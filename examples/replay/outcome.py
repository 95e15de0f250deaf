"""What came of a run: one JSON object for machines, and a few lines for who watched."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from .model import SkipCounts
from .plan import Plan
from .timings import Timings

IMPORTS, HOUSEHOLDS, BASKETS = "imports", "households", "baskets"
"""The stages of a run."""


class Outcome(Struct, frozen=True, kw_only=True):
    """`paid` is what Galleria's orders say, `expected` what the data says; `difference` is paid - expected.

    Amounts are minor units.
    """

    baskets: int
    lines: int
    skipped: SkipCounts
    paid: int
    expected: int
    difference: int
    baskets_per_s: float
    invariant_violations: int

    @classmethod
    def of(cls, plan: Plan, *, paid: int, seconds: float, violations: int) -> Outcome:
        return cls(
            baskets=len(plan.baskets),
            lines=plan.lines,
            skipped=plan.skipped,
            paid=paid,
            expected=plan.expected,
            difference=paid - plan.expected,
            baskets_per_s=round(len(plan.baskets) / seconds, 2),
            invariant_violations=violations,
        )

    @property
    def exit_code(self) -> int:
        """0 when every cent is where it belongs and every invariant holds, else 1."""
        return 1 if self.difference or self.invariant_violations else 0


def report(plan: Plan, timings: Timings) -> Iterator[str]:
    """Yield lines about how fast it was."""
    households = len(plan.by_household())
    yield f"imports     {timings.stages[IMPORTS]:8.1f} s for {len(plan.prices)} products"
    yield f"households  {households / timings.stages[HOUSEHOLDS]:8.1f} a second"
    yield f"baskets     {len(plan.baskets) / timings.stages[BASKETS]:8.1f} a second"
    yield f"{'call':<20} {'count':>8} {'p50 ms':>9} {'p99 ms':>9}"
    for summary in timings.summaries():
        yield f"{summary.kind:<20} {summary.count:>8} {summary.p50:>9.1f} {summary.p99:>9.1f}"
