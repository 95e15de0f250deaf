"""Decisions line by line: unit prices, and the exclusive groups of line discounts.

A line goes to the contender that takes most of it alone from the level's start, ties by key; the others lose
the line from both their sets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from .candidates import Candidate, members
from .proposals import Key

Alone = Callable[[Candidate], Mapping[int, int]]
"""What a candidate takes of each row alone, from the level's start."""


def narrowed(candidate: Candidate, lost: int) -> Candidate:
    """Return the candidate without the lost lines."""
    return msgspec.structs.replace(candidate, qualify=candidate.qualify & ~lost, benefit=candidate.benefit & ~lost)


def unit_prices(candidates: Sequence[Candidate], alone: Alone) -> list[Candidate]:
    """Return the candidates that win a line, each with exactly the lines that it wins."""
    best: dict[int, tuple[int, Key]] = {}
    for candidate in candidates:
        for row, amount in alone(candidate).items():
            claim = -amount, candidate.key
            if row not in best or claim < best[row]:
                best[row] = claim
    won = _won(best)
    return [
        msgspec.structs.replace(candidate, qualify=won[candidate.key], benefit=won[candidate.key])
        for candidate in candidates
        if candidate.key in won
    ]


def divided(chosen: Sequence[Candidate], alone: Alone) -> list[Candidate]:
    """Return the chosen line discounts after each exclusive group has divided its lines."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in chosen:
        if candidate.offer.exclusive_group is not None:
            groups.setdefault(candidate.offer.exclusive_group, []).append(candidate)
    lost: dict[Key, int] = {}
    for group in groups.values():
        if len(group) > 1:
            _divide(group, alone, lost)
    return [narrowed(candidate, rows) if (rows := lost.get(candidate.key)) else candidate for candidate in chosen]


def _divide(group: list[Candidate], alone: Alone, lost: dict[Key, int]) -> None:
    best: dict[int, tuple[int, Key]] = {}
    for rival in group:
        takes = alone(rival)
        for row in members(rival.lines):
            claim = -takes.get(row, 0), rival.key
            if row not in best or claim < best[row]:
                best[row] = claim
    won = _won(best)
    for rival in group:
        lost[rival.key] = rival.lines & ~won.get(rival.key, 0)


def _won(best: Mapping[int, tuple[int, Key]]) -> dict[Key, int]:
    """Return the rows of each winner."""
    won: dict[Key, int] = {}
    for row, (_, key) in best.items():
        won[key] = won.get(key, 0) | 1 << row
    return won
