"""Which offers are taken in at all, by phase; the others are named in the trace."""

from __future__ import annotations

from collections.abc import Sequence

from ..types import Offer, Phase
from .faults import fault_of
from .proposals import Key, Proposal, proposal_of
from .sheet import Sheet
from .trace import note


def take_in(sheet: Sheet, offers: Sequence[Offer]) -> None:
    """File the offers by phase. One with a fault is dropped, and so are all that share a key in a phase."""
    by_phase: dict[Phase, dict[Key, list[Proposal]]] = {}
    level_of = sheet.terms.policy.level
    for offer in offers:
        fault = fault_of(offer)
        if fault is not None:
            note(sheet, offer, "invalid", {"fault": fault})
        else:
            proposal = proposal_of(offer, level_of(offer))
            by_phase.setdefault(offer.phase, {}).setdefault(proposal.key, []).append(proposal)
    for phase, by_key in by_phase.items():
        sheet.offers[phase] = [same[0] for same in by_key.values() if len(same) == 1]
        for same in by_key.values():
            for proposal in same if len(same) > 1 else ():
                note(sheet, proposal.offer, "duplicate", {"copies": len(same)})
