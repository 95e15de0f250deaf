"""One phase of offers: level by level, enter, choose, apply, and say what became of each."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from ..types import Phase
from .candidates import Candidate, Rejection, enter, members
from .choosing import Component, Level, choose, outcome_of, work_per_offer
from .contest import unit_prices
from .effects import Board, Standing, Taking, apply, take
from .proposals import Key, Proposal
from .sheet import Sheet
from .trace import note, record

How = dict[Key, dict[str, Any]]


def run_phase(sheet: Sheet, phase: Phase) -> None:
    """Choose and apply the phase's offers on the sheet."""
    proposals = sorted(sheet.offers.get(phase, ()), key=lambda proposal: (proposal.level, proposal.key))
    if not proposals:
        return
    floor = [0] * len(sheet.rows) if phase is Phase.TENDER else [row.floor for row in sheet.rows]
    board = Board(phase, sheet.quantity, floor, max(sheet.quantity, default=1) ** 2)
    per_offer = work_per_offer(sum(map(len, sheet.offers.values())))
    for _, level in groupby(proposals, key=lambda proposal: proposal.level):
        candidates = _enter(sheet, list(level))
        start = Standing(sheet.running[:], sheet.used[:])
        chosen, how = _choose(sheet, candidates, Level(board, start, per_offer * len(candidates)))
        for candidate in sorted(chosen, key=lambda candidate: candidate.order):
            _apply(sheet, board, candidate, how.get(candidate.key, {}))
    sheet.work += board.work


def _enter(sheet: Sheet, proposals: list[Proposal]) -> list[Candidate]:
    candidates = []
    for proposal in proposals:
        entered = enter(sheet, proposal)
        if isinstance(entered, Rejection):
            note(sheet, proposal.offer, entered.outcome, entered.detail)
        else:
            candidates.append(entered)
    return candidates


def _choose(sheet: Sheet, candidates: list[Candidate], level: Level) -> tuple[list[Candidate], How]:
    if level.board.phase is Phase.UNIT_PRICE:
        return _by_line(sheet, candidates, level), {}
    components = choose(candidates, level)
    how = {c.key: _how(component) for component in components for c in component.pool}
    for component in components:
        winners = {candidate.key for candidate in component.chosen}
        for candidate in component.pool:
            if candidate.key not in winners:
                note(sheet, candidate.offer, _why_not(candidate, component, level), how[candidate.key])
    parts = [part for component in components for part in component.parts]
    if any(component.contested for component in components):
        return _settle(sheet, components, sorted(parts, key=lambda part: part.order), level, how), how
    return parts, how


def _settle(
    sheet: Sheet, components: list[Component], parts: list[Candidate], level: Level, how: How
) -> list[Candidate]:
    """Return the parts, or those of another choice if one of these takes nothing in its turn.

    An offer that is not applied must not have steered the division, so the choice is made again among the
    applied ones until it holds, or until there is no work left for it.
    """
    if level.work <= 0:
        return parts
    start = level.board.work
    _, idle = outcome_of(parts, level)
    for candidate in parts:
        if candidate.key in idle:
            note(sheet, candidate.offer, "takes_nothing", how[candidate.key])
    level.work -= level.board.work - start
    if len(parts) - len(idle) == sum(len(component.pool) for component in components):
        return parts
    chosen = [candidate for component in components for candidate in component.chosen if candidate.key not in idle]
    return _choose(sheet, chosen, level)[0]


def _by_line(sheet: Sheet, candidates: list[Candidate], level: Level) -> list[Candidate]:
    chosen = unit_prices(candidates, level.alone)
    winners = {candidate.key for candidate in chosen}
    for candidate in candidates:
        if candidate.key not in winners:
            note(sheet, candidate.offer, "outbid" if level.alone(candidate) else "takes_nothing", {})
    return chosen


def _how(component: Component) -> dict[str, Any]:
    if len(component.pool) == 1:
        return {}
    search = "exact" if component.exact else "bounded"
    return {"search": search, "component": len(component.pool), "visited": component.visited, "work": component.work}


def _why_not(candidate: Candidate, component: Component, level: Level) -> str:
    if not level.most(candidate):
        return "takes_nothing"
    return "not_considered" if candidate in component.left_out else "not_best"


def _apply(sheet: Sheet, board: Board, candidate: Candidate, how: dict[str, Any]) -> None:
    offer, now = candidate.offer, Standing(sheet.running, sheet.used)
    taking = take(candidate, board, now)
    if not taking.amounts:
        note(sheet, offer, "takes_nothing", how)
        return
    basis = sum([sheet.running[row] for row in members(candidate.benefit)])
    changes = {row: -amount for row, amount in taking.amounts.items()}
    record(sheet, offer, candidate.effect, changes, basis, how)
    apply(Taking({}, taking.counted), board, now)
    if board.phase is not Phase.TENDER:
        sheet.bound.append((candidate.proposal, candidate.lines))
