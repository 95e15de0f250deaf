"""Which offers are taken in at all, by phase; the others are named in the trace."""

from __future__ import annotations

from collections.abc import Sequence

from ..types import Offer, Phase
from .candidates import key_of
from .faults import fault_of
from .sheet import Sheet
from .trace import note


def take_in(sheet: Sheet, offers: Sequence[Offer]) -> None:
    """File the offers by phase. One with a fault is dropped, and so are all that share a key in a phase."""
    by_phase: dict[Phase, dict[object, list[Offer]]] = {}
    for offer in offers:
        fault = fault_of(offer)
        if fault is not None:
            note(sheet, offer, "invalid", {"fault": fault})
        else:
            by_phase.setdefault(offer.phase, {}).setdefault(key_of(offer), []).append(offer)
    for phase, by_key in by_phase.items():
        sheet.offers[phase] = [same[0] for same in by_key.values() if len(same) == 1]
        for same in by_key.values():
            for offer in same if len(same) > 1 else ():
                note(sheet, offer, "duplicate", {"copies": len(same)})
