"""An offer as it competes in a level: its lines as bit sets, its tier chosen, its threshold met.

Everything here is fixed on the amounts at the level's start. Bit i of a set stands for row i of the sheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct, to_builtins

from ..types import Amount, BuyGet, Effect, FixedPrice, LineKind, Measure, Offer, Percent, Phase, Tiered
from .proposals import Key, Proposal, may_share
from .sheet import Sheet

SimpleEffect = Percent | Amount | FixedPrice | BuyGet

_GOODS, _SHIPPING, _FEE = (LineKind.GOODS,), (LineKind.SHIPPING,), (LineKind.FEE,)
_ALL = (*_GOODS, *_SHIPPING, *_FEE)
_MAY_BENEFIT = {Phase.SHIPPING_DISCOUNT: _SHIPPING, Phase.FEE: (*_GOODS, *_SHIPPING), Phase.TENDER: _ALL}
_DEFAULT_BENEFIT = {Phase.SHIPPING_DISCOUNT: _SHIPPING, Phase.TENDER: _ALL}
_MAY_QUALIFY = {Phase.SHIPPING_DISCOUNT: (*_GOODS, *_SHIPPING), Phase.FEE: (*_GOODS, *_SHIPPING), Phase.TENDER: _ALL}


class Candidate(Struct):
    """`counted` are the units that it uses up by a count threshold or a tier by count, by row."""

    proposal: Proposal
    offer: Offer
    key: Key
    effect: SimpleEffect
    qualify: int
    benefit: int
    counted: dict[int, int]

    @property
    def lines(self) -> int:
        """The lines that it binds."""
        return self.qualify | self.benefit

    @property
    def order(self) -> tuple[bool, Key]:
        """The order of application in a level: all but percent, then percent."""
        return isinstance(self.effect, Percent), self.key


class Rejection(Struct):
    """Why an offer does not compete: a stable word, and figures for the trace."""

    outcome: str
    detail: dict[str, object]


@lru_cache(maxsize=1024)
def members(mask: int) -> tuple[int, ...]:
    """Return the rows of a bit set, in order. The same few sets are asked for again and again."""
    return tuple([row for row, bit in enumerate(bin(mask)[:1:-1]) if bit == "1"])


def enter(sheet: Sheet, proposal: Proposal) -> Candidate | Rejection:
    """Return the offer as it competes from here, or why it does not. A fee asks nobody's consent."""
    offer = proposal.offer
    qualify, benefit = _sets(sheet, offer)
    if not qualify or not benefit:
        return Rejection("no_lines", {})
    lost, against = 0, []
    mine, strict = qualify | benefit, proposal.strict
    for other, rows in () if offer.phase is Phase.FEE else sheet.bound:
        if rows & mine and (strict or other.strict) and not may_share(proposal, other):
            lost |= rows
            against.append(f"{other.offer.plugin}:{other.offer.code}")
    qualify, benefit = qualify & ~lost, benefit & ~lost
    if not qualify or not benefit:
        return Rejection("not_combinable", {"with": against})
    return _measure(sheet, proposal, qualify, benefit)


def _sets(sheet: Sheet, offer: Offer) -> tuple[int, int]:
    scope, phase = sheet.scope(offer.store_id), offer.phase
    default = sheet.kinds(_DEFAULT_BENEFIT.get(phase, _GOODS))
    benefit = default if offer.benefit is None else _mask(sheet, offer.benefit)
    benefit &= scope & sheet.kinds(_MAY_BENEFIT.get(phase, _GOODS))
    if offer.qualify is not None:
        qualify = _mask(sheet, offer.qualify) & sheet.kinds(_MAY_QUALIFY.get(phase, _GOODS))
    else:
        qualify = sheet.kinds(_GOODS) if phase == Phase.SHIPPING_DISCOUNT else benefit
    return qualify & scope, benefit


def _mask(sheet: Sheet, ids: Iterable[str]) -> int:
    mask, position = 0, sheet.position
    for id_ in ids:
        if id_ in position:
            mask |= 1 << position[id_]
    return mask


def _measure(sheet: Sheet, proposal: Proposal, qualify: int, benefit: int) -> Candidate | Rejection:
    offer, key = proposal.offer, proposal.key
    threshold, effect = offer.threshold, offer.effect
    if threshold is None and not isinstance(effect, Tiered):
        return Candidate(proposal, offer, key, effect, qualify, benefit, {})
    measured = qualify
    if threshold is not None and threshold.lines is not None:
        measured = _mask(sheet, threshold.lines) & sheet.scope(offer.store_id)
    units = _units(sheet, members(measured))
    amount, count = sum([sheet.running[row] for row in members(measured)]), sum(units.values())
    if threshold is not None and (amount < threshold.amount or count < threshold.count):
        return Rejection("threshold", {"amount": amount, "count": count, "needs": to_builtins(threshold)})
    simple = _tier(effect, amount, count)
    if simple is None:
        return Rejection("threshold", {"amount": amount, "count": count, "needs": to_builtins(effect)})
    counts = (threshold is not None and threshold.count) or (isinstance(effect, Tiered) and effect.by == Measure.COUNT)
    counted = units if counts and offer.uses_up_units else {}
    return Candidate(proposal, offer, key, simple, qualify, benefit, counted)


def _units(sheet: Sheet, rows: Iterable[int]) -> dict[int, int]:
    """Return how many units of each row may be counted: neither used up nor worth nothing."""
    quantity, used, running = sheet.quantity, sheet.used, sheet.running
    return {row: quantity[row] - used[row] for row in rows if running[row] > 0}


def _tier(effect: Effect, amount: int, count: int) -> SimpleEffect | None:
    if not isinstance(effect, Tiered):
        return effect
    measure = count if effect.by is Measure.COUNT else amount
    reached = [tier for tier in effect.tiers if tier.at <= measure]
    return max(reached, key=lambda tier: tier.at).effect if reached else None
