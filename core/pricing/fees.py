"""Phase 6: fees are added, not chosen. Each becomes a row of one unit in every store that bears a part."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ..types import Amount, LineKind, Offer, Per, Percent, Phase
from .arithmetic import largest_remainder, percent_of, spread
from .candidates import Candidate, Rejection, enter, members
from .sheet import Row, Sheet
from .trace import note


def add_fees(sheet: Sheet) -> None:
    """Add the rows of all fees whose threshold is met, each measured on the rows before any fee."""
    proposals = sorted(sheet.offers.get(Phase.FEE, ()), key=lambda proposal: proposal.key)
    entered = [(proposal.offer, enter(sheet, proposal)) for proposal in proposals]
    for offer, candidate in entered:
        if isinstance(candidate, Rejection):
            note(sheet, offer, candidate.outcome, candidate.detail)
        else:
            _add(sheet, offer, _by_store(sheet, candidate))


def _add(sheet: Sheet, offer: Offer, amounts: dict[UUID, int]) -> None:
    total = sum(amounts.values())
    note(sheet, offer, "applied" if total else "takes_nothing", {"amount": total} if total else {})
    kind = "fee" if offer.store_id else "mall-fee"
    for store_id, amount in amounts.items():
        if amount:
            row = Row(
                f"{kind}:{store_id}:{offer.plugin}:{offer.code}",
                store_id,
                LineKind.FEE,
                1,
                plugin=offer.plugin,
                code=offer.code,
                label=offer.label,
                reference=offer.reference,
            )
            sheet.add_row(row, amount)


def _by_store(sheet: Sheet, candidate: Candidate) -> dict[UUID, int]:
    rows = members(candidate.benefit)
    amounts: dict[UUID, int] = {}
    for row, amount in zip(rows, _by_row(sheet, candidate, rows), strict=True):
        store_id = sheet.rows[row].store_id
        amounts[store_id] = amounts.get(store_id, 0) + amount
    return amounts


def _by_row(sheet: Sheet, candidate: Candidate, rows: Sequence[int]) -> list[int]:
    effect, cap = candidate.effect, candidate.offer.cap
    weights = [sheet.running[row] for row in rows]
    if isinstance(effect, Amount) and effect.per is not Per.ONCE:
        units = [sheet.rows[row].quantity if effect.per is Per.UNIT else 1 for row in rows]
        parts = [effect.amount * count for count in units]
        return parts if cap is None or sum(parts) <= cap else spread(cap, parts, parts)
    if isinstance(effect, Percent):
        whole = percent_of(sum(weights), effect.rate_ppm)
    else:
        whole = effect.amount if isinstance(effect, Amount) else 0
    return largest_remainder(whole if cap is None else min(whole, cap), weights)
