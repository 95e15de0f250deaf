"""The whole runner as the command, in a process of its own: new engines, a real server, HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from galleria.examples.replay.model import Replay
from galleria.examples.replay.plan import Plan
from galleria.examples.replay.prices import paid_for

FREE = 31541478640
"""A basket that costs nothing."""
TWO_STORES = (31541425455, 31623627344)
"""Two baskets of household 1509, in two stores."""
CHOSEN = (FREE, *TWO_STORES, 31541501201, 31672250650)

PURE = ("weeks", "data", "model", "rules", "prices", "catalog_csv", "refunds", "plan", "timings", "trade", "outcome")


def only(*baskets: int) -> list[str]:
    return [argument for basket in baskets for argument in ("--only", str(basket))]


def replay(
    *arguments: str, env: Mapping[str, str] | None = None, program: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command, or a Python program that ends in it."""
    start = ["-m", "galleria.examples.replay"] if program is None else ["-c", program]
    command = [sys.executable, *start, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=150, env=env)


def told(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_chosen_baskets_cost_to_the_cent_what_the_data_says(week5: Replay, outsider: Mapping[str, str]) -> None:
    """Five baskets of three households, one of them free; four are refunded; ledger and invariants agree."""
    ran = replay("--weeks", "5", "--workers", "1", "--refund-every", "1", *only(*CHOSEN), env=outsider)
    assert ran.returncode == 0, ran.stderr
    found = told(ran)
    plan = Plan.of(week5, CHOSEN)
    refunds = found.pop("refunds")
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
        "baskets_differing": 0,
        "zero_baskets": 1,
        "ledger_difference": 0,
        "invariant_violations": 0,
    }
    assert 0 < plan.expected < plan.listed
    assert (refunds["whole"], refunds["partial"], refunds["lines_differing"]) == (3, 2, 0)
    assert 0 < refunds["amount"] == refunds["expected"] < plan.expected
    kinds = {line.rsplit(maxsplit=3)[0] for line in ran.stderr.splitlines() if line.count(" ") > 3}
    assert {"hand in receipts", "add to cart", "preview", "check out", "pay", "read order", "refund"} <= kinds


DEARER = """
from galleria.examples.replay import __main__, shelves

honest = shelves.store_body
shelves.store_body = lambda store, owner: honest(store, owner) | {"shipping_fee": 1}
__main__.main()
"""

FORGETFUL = """
from galleria.examples.replay import __main__, receipts

honest = receipts.rows
receipts.rows = lambda basket, skus: honest(basket, skus)[::2]
__main__.main()
"""


@pytest.mark.soak
def test_mall_that_takes_a_cent_more_is_found_out(outsider: Mapping[str, str]) -> None:
    """A control: with a shipping fee of a cent both orders are paid, and the run fails by two cents."""
    ran = replay("--weeks", "5", "--workers", "1", *only(*TWO_STORES), env=outsider, program=DEARER)
    assert ran.returncode == 1, ran.stderr
    assert (told(ran)["difference"], told(ran)["ledger_difference"]) == (2, 2)


@pytest.mark.soak
def test_lines_that_no_receipt_prices_are_found_out(week5: Replay, outsider: Mapping[str, str]) -> None:
    """A control: lines that are not handed in cost their list price, and the run names the basket."""
    (basket,) = (basket for basket in week5.baskets if basket.id == TWO_STORES[1])
    ran = replay("--weeks", "5", "--workers", "1", *only(basket.id), env=outsider, program=FORGETFUL)
    listed = Plan.of(week5).prices
    more = sum(line.quantity * listed[line.pair] - paid_for(line) for line in basket.lines[1::2])
    assert more > 0
    assert (ran.returncode, told(ran)["difference"], told(ran)["baskets_differing"]) == (1, more, 1), ran.stderr
    assert f"basket {basket.id}: order " in ran.stderr


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
