"""The whole runner as the command, in a process of its own: new engines, a real server, HTTP."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from galleria.examples.replay.model import Replay
from galleria.examples.replay.plan import Plan

FREE = 31541478640
"""A basket that costs nothing."""
TWO_STORES = (31541425455, 31623627344)
"""Two baskets of household 1509, in two stores."""
CHOSEN = (FREE, *TWO_STORES, 31541501201, 31672250650)

PURE = ("weeks", "data", "model", "rules", "prices", "catalog_csv", "plan", "timings", "outcome")


def replay(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "galleria.examples.replay", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


def test_chosen_baskets_cost_to_the_cent_what_the_data_says(week5: Replay) -> None:
    """Five baskets of three households in five stores, one of them free of charge, and every invariant holds."""
    only = [argument for basket in CHOSEN for argument in ("--only", str(basket))]
    ran = replay("--weeks", "5", "--workers", "1", *only)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    plan = Plan.of(week5, CHOSEN)
    assert found.pop("baskets_per_s") > 0
    assert found == {
        "baskets": 5,
        "lines": plan.lines,
        "skipped": {
            "quantity": 362,
            "price_not_whole_cent": 317,
            "unknown_product": 0,
            "coupon_over_line": 12,
            "empty_basket": 254,
        },
        "paid": plan.expected,
        "expected": plan.expected,
        "difference": 0,
        "invariant_violations": 0,
    }
    assert plan.expected > 0
    kinds = {line.rsplit(maxsplit=3)[0] for line in ran.stderr.splitlines() if line.count(" ") > 3}
    assert {"add to cart", "preview", "check out", "pay", "read order"} <= kinds


DEARER = """
from galleria.examples.replay import __main__, shelves

honest = shelves.store_body
shelves.store_body = lambda store, owner: honest(store, owner) | {"shipping_fee": 1}
__main__.main()
"""


@pytest.mark.soak
def test_mall_that_takes_a_cent_more_is_found_out() -> None:
    """The control: with a shipping fee of a cent both orders are paid, and the run fails by two cents."""
    only = [argument for basket in TWO_STORES for argument in ("--only", str(basket))]
    command = [sys.executable, "-c", DEARER, "--weeks", "5", "--workers", "1", *only]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 1, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1])["difference"] == 2


def test_weeks_that_are_none_end_the_run_before_it_begins() -> None:
    """The sentence says what is accepted; nothing was started."""
    ran = replay("--weeks", "0")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("replay: WEEKS='0': there is no week 0")


def test_what_is_expected_is_computed_without_galleria() -> None:
    """The modules that say what everything must cost load nothing of the framework."""
    imports = "; ".join(f"import galleria.examples.replay.{name}" for name in PURE)
    code = f"import sys; {imports}; print([name for name in sys.modules if name.startswith('galleria.core')])"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"
