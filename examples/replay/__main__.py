"""`python -m galleria.examples.replay --weeks 5`: the last line printed is one JSON object."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
import msgspec

from ...core.cli.serving import orderly
from ...core.errors import StartupError
from .calls import Unexpected
from .data import load
from .mall import ServerFailed
from .outcome import report
from .pace import Pace
from .plan import Plan, PlanError
from .run import run
from .timings import Timings
from .weeks import WeeksError, parse_weeks


@click.command()
@click.option("--weeks", default="5", show_default=True, help="Which weeks: 5, 3-5 or 3,9.")
@click.option("--only", type=int, multiple=True, help="Buy only the basket of this number; may be given again.")
@click.option("--seed", type=int, default=1, show_default=True, help="Chooses which units are refunded.")
@click.option(
    "--refund-every", type=click.IntRange(min=1), default=10, show_default=True, help="Refund each Nth order."
)
@click.option("--workers", type=click.IntRange(1, 16), default=2, show_default=True, help="Processes that serve.")
@click.option("--at-once", type=click.IntRange(1, 256), default=8, show_default=True, help="Calls in flight.")
def main(weeks: str, only: Sequence[int], seed: int, refund_every: int, workers: int, at_once: int) -> None:
    """Buy the baskets of weeks of a public retail data set through the API, and hold what was paid against the data.

    The plugin `retail_replay` knows what each line cost. Some orders are refunded, as a whole or in part.

    Exits with 1 when amounts differ or an invariant is broken, and with 2 when the run cannot be finished.
    """
    timings = Timings()
    try:
        plan = Plan.of(load(parse_weeks(weeks)), only, seed=seed, refund_every=refund_every)
        with orderly():
            outcome = run(plan, Pace(workers=workers, at_once=at_once), timings)
    except (WeeksError, PlanError, StartupError, ServerFailed, Unexpected) as error:
        print(f"replay: {error}", file=sys.stderr)
        sys.exit(2)
    for line in report(plan, timings):
        print(line, file=sys.stderr)
    print(msgspec.json.encode(outcome).decode())
    sys.exit(outcome.exit_code)


if __name__ == "__main__":
    main()
