"""Which orders are refunded, how much of them, and what that must give back: from the data alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeAlias

from msgspec import Struct

from .model import Basket
from .prices import paid_for

Units: TypeAlias = Mapping[int, int]
"""How many units of which line, by its position in the basket."""


class Refunds(Struct, frozen=True, kw_only=True):
    """The refunds of one order: all of it by one request, or units of some lines by one or two."""

    whole: bool
    steps: tuple[Units, ...]


def refunds_of(baskets: Sequence[Basket], *, every: int, seed: int) -> dict[int, Refunds]:
    """Return the refunds of each `every`th basket, by its number: alternately whole, and parts that `seed` chooses."""
    chosen = baskets[every - 1 :: every]
    return {
        basket.id: _whole(basket) if index % 2 == 0 else _parts(basket, Random(f"{seed}:{basket.id}"))  # noqa: S311
        for index, basket in enumerate(chosen)
    }


def _whole(basket: Basket) -> Refunds:
    return Refunds(whole=True, steps=({position: line.quantity for position, line in enumerate(basket.lines)},))


def _parts(basket: Basket, random: Random) -> Refunds:
    left = {position: line.quantity for position, line in enumerate(basket.lines)}
    steps = [_some(left, random) for _ in range(random.choice((1, 2))) if left]
    return Refunds(whole=False, steps=tuple(steps))


def _some(left: dict[int, int], random: Random) -> dict[int, int]:
    """Units of at least one line, taken from what is `left`."""
    lines = sorted(random.sample(sorted(left), random.randint(1, len(left))))
    taken = {position: random.randint(1, left[position]) for position in lines}
    for position, count in taken.items():
        left[position] -= count
        if not left[position]:
            del left[position]
    return taken


def amounts(basket: Basket, refunds: Refunds) -> list[dict[int, int]]:
    """Return what each step gives back for each of its lines.

    Units r+1 to r+k of a line that cost b for q units are worth floor(b(r+k)/q) - floor(br/q).
    """
    before = dict.fromkeys(range(len(basket.lines)), 0)
    found = []
    for step in refunds.steps:
        found.append({position: worth(basket, position, before[position], count) for position, count in step.items()})
        for position, count in step.items():
            before[position] += count
    return found


def worth(basket: Basket, position: int, before: int, count: int) -> int:
    """Return what `count` units of a line are worth, of which `before` were refunded already."""
    line = basket.lines[position]
    paid = paid_for(line)
    return paid * (before + count) // line.quantity - paid * before // line.quantity
