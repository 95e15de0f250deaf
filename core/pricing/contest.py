"""Decisions line by line: unit prices, and the exclusive groups of line discounts.

A line goes to the contender that takes most of it alone from the level's start, ties by key; the others lose
the line from both their sets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from .candidates import Candidate, members
from .proposals import Key

Alone = Callable[[Candidate], dict[int, int]]
"""What a candidate takes of each row alone, from the level's start."""


def narrowed(candidate: Candidate, lost: int) -> Candidate:
    """Return the candidate without the lost lines."""
    return msgspec.structs.replace(candidate, qualify=candidate.qualify & ~lost, benefit=candidate.benefit & ~lost)


def unit_prices(candidates: Sequence[Candidate], alone: Alone) -> list[Candidate]:
    """Return the candidates that win a line, each with exactly the lines that it wins."""
    won = _won({candidate.key: alone(candidate) for candidate in candidates})
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
            claims = {rival.key: dict.fromkeys(members(rival.lines), 0) | alone(rival) for rival in group}
            won = _won(claims)
            lost.update({rival.key: rival.lines & ~won.get(rival.key, 0) for rival in group})
    return [narrowed(candidate, rows) if (rows := lost.get(candidate.key)) else candidate for candidate in chosen]


def _won(claims: Mapping[Key, Mapping[int, int]]) -> dict[Key, int]:
    """Return the rows of each winner, of what each claims of its rows."""
    most: dict[int, int] = {}
    winner: dict[int, Key] = {}
    for key in sorted(claims):
        for row, amount in claims[key].items():
            if amount > most.get(row, -1):
                most[row], winner[row] = amount, key
    won: dict[Key, int] = {}
    for row, key in winner.items():
        won[key] = won.get(key, 0) | 1 << row
    return won
