"""How long the price engine takes, alone: `python -m galleria.benchmarks.pricing_engine`.

Each figure is a median of processor time, with its ratio to a floor that is measured in the same run: a plain loop
that multiplies and compares once for each line and offer. Ratios hold from machine to machine, milliseconds do not.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import process_time

from ..core.pricing.engine import price
from .pricing_cases import Case, realistic, worst_cases

SIZES = ((10, 50, 200), (5, 20, 60))


def timed(work: Callable[[], object], runs: int) -> float:
    """Return the median of several runs, in milliseconds."""
    taken = []
    for _ in range(runs):
        start = process_time()
        work()
        taken.append(process_time() - start)
    return median(taken) * 1_000


def floor(lines: int, offers: int) -> float:
    """Return what the least work per line and offer takes: a multiplication and a comparison."""
    amounts, rates, ceiling = range(1_000, 1_000 + lines), range(7, 7 + offers), 10**9

    def loop() -> int:
        above = 0
        for rate in rates:
            for amount in amounts:
                if amount * rate > ceiling:
                    above += 1
        return above

    return timed(loop, 200)


def took(case: Case, runs: int) -> float:
    return timed(lambda: price(case.request, case.offers, shipping=case.shipping, taxes=case.taxes), runs)


def report(lines: int, offers: int, name: str, milliseconds: float) -> None:
    ratio = milliseconds / floor(lines, offers)
    print(f"{lines:4} lines x {offers:2} offers  {milliseconds:8.3f} ms  {ratio:6.1f} floors  {name}")


def main() -> None:
    """Print the target's figure, the growth with lines and offers, and the worst case found."""
    report(50, 20, "realistic", took(realistic(50, 20), 400))
    for lines in SIZES[0]:
        for offers in SIZES[1]:
            report(lines, offers, "grows with lines and offers", took(realistic(lines, offers), 60))
    figures = {name: took(case, 7) for name, case in worst_cases().items()}
    for name in sorted(figures, key=lambda name: -figures[name])[:5]:
        report(200, 60, f"among the worst found: {name}", figures[name])


if __name__ == "__main__":
    main()
