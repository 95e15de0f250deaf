"""Decisions line by line: unit prices, and the exclusive groups of line discounts.

A line goes to the contender that takes most of it alone from the level's start, ties by key; the others lose
the line from both their sets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from .candidates import Candidate, Key, members

Alone = Callable[[Candidate], Mapping[int, int]]
"""What a candidate takes of each row alone, from the level's start."""


def narrowed(candidate: Candidate, lost: int) -> Candidate:
    """Return the candidate without the lost lines."""
    return msgspec.structs.replace(candidate, qualify=candidate.qualify & ~lost, benefit=candidate.benefit & ~lost)


def unit_prices(candidates: Sequence[Candidate], alone: Alone) -> list[Candidate]:
    """Return the candidates that win a line, each with exactly the lines that it wins."""
    won: dict[Key, int] = {}
    best: dict[int, tuple[int, Key]] = {}
    for candidate in candidates:
        for row, amount in alone(candidate).items():
            best[row] = min(best.get(row, (0, candidate.key)), (-amount, candidate.key))
    for row, (_, key) in best.items():
        won[key] = won.get(key, 0) | 1 << row
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
    return [narrowed(candidate, lost[c]) if (c := candidate.key) in lost else candidate for candidate in chosen]


def _divide(group: list[Candidate], alone: Alone, lost: dict[Key, int]) -> None:
    claimed = 0
    for candidate in group:
        claimed |= candidate.qualify | candidate.benefit
    for row in members(claimed):
        rivals = [c for c in group if (c.qualify | c.benefit) >> row & 1]
        winner = min(rivals, key=lambda rival: _claim(rival, row, alone))
        for rival in rivals:
            if rival is not winner:
                lost[rival.key] = lost.get(rival.key, 0) | 1 << row


def _claim(rival: Candidate, row: int, alone: Alone) -> tuple[int, Key]:
    return -alone(rival).get(row, 0), rival.key
