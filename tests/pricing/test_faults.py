from __future__ import annotations

from typing import Any

import msgspec
import pytest
from galleria.core.pricing.engine import price
from galleria.core.pricing.faults import fault_of
from galleria.core.types import Amount, BuyGet, FixedPrice, Measure, Per, Percent, Phase, Threshold, Tier, Tiered

from .build import line, offer, request

GOOD = offer(Phase.ORDER_DISCOUNT, Percent(100_000))
LOOSE: Any = "nonsense"

FAULTY = [
    {"plugin": ""},
    {"code": 7},
    {"label": None},
    {"phase": Phase.TAX},
    {"phase": 3},
    {"phase": LOOSE},
    {"effect": None},
    {"effect": Percent(1_000_001)},
    {"effect": Percent(LOOSE)},
    {"effect": Percent(0.5)},  # type: ignore[arg-type]
    {"effect": Amount(-1, Per.ONCE)},
    {"effect": Amount(1, LOOSE)},
    {"effect": FixedPrice(-1)},
    {"effect": BuyGet(0, 1)},
    {"effect": BuyGet(1, 1, times=0)},
    {"effect": Tiered(Measure.AMOUNT, ())},
    {"effect": Tiered(LOOSE, (Tier(1, Percent(1)),))},
    {"effect": Tiered(Measure.AMOUNT, (Tier(1, Percent(1)), Tier(1, Percent(2))))},
    {"effect": Tiered(Measure.AMOUNT, (Tier(1, Percent(-1)),))},
    {"effect": Tiered(Measure.AMOUNT, (LOOSE,))},
    {"effect": Tiered(Measure.AMOUNT, (Tier(1, Tiered(Measure.AMOUNT, (Tier(1, Percent(1)),))),))},  # type: ignore[arg-type]
    {"phase": Phase.UNIT_PRICE, "effect": Amount(1, Per.ONCE)},
    {"phase": Phase.UNIT_PRICE, "effect": BuyGet(1, 1)},
    {"phase": Phase.UNIT_PRICE, "cap": 5},
    {"phase": Phase.TENDER, "effect": FixedPrice(5)},
    {"phase": Phase.FEE, "effect": BuyGet(1, 1)},
    {"threshold": LOOSE},
    {"threshold": Threshold(-1)},
    {"threshold": Threshold(1, lines=LOOSE)},
    {"cap": -1},
    {"funder": LOOSE},
    {"platform_share_ppm": 2_000_000},
    {"store_id": LOOSE},
    {"reference": 7},
    {"exclusive_group": 7},
    {"benefit": LOOSE},
    {"qualify": (7,)},
    {"combines_with": LOOSE},
    {"tags": None},
]


def test_a_sound_offer_has_no_fault():
    """An offer with fields in range is taken in."""
    assert fault_of(GOOD) is None


@pytest.mark.parametrize("change", FAULTY, ids=str)
def test_a_faulty_offer_is_dropped_and_named(change: dict[str, Any]):
    """Nonsense in an offer raises nothing: the offer is dropped, the trace says why, the others apply."""
    bad = msgspec.structs.replace(GOOD, **change)
    quote = price(request(line("a", 100)), [bad, msgspec.structs.replace(GOOD, code="good")])
    assert quote.totals.total == 90
    (entry,) = [entry for entry in quote.trace if entry.outcome == "invalid"]
    assert entry.detail["fault"]
