"""Who gets the units: pure decisions over counts that are locked already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from msgspec import Struct

from .requests import HoldRequest, Place

K = TypeVar("K")

Group = tuple[UUID, Sequence[HoldRequest]]


class Shortage(Struct, frozen=True, kw_only=True):
    """A group wants more units of a SKU at a location than the groups before it left."""

    place: Place
    available: int
    wanted: int


class Decision(Struct, frozen=True, kw_only=True):
    """`taken` in the order of arrival; `refused` by group, with every shortage of it."""

    taken: tuple[HoldRequest, ...]
    refused: Mapping[UUID, tuple[Shortage, ...]]


def decide(groups: Sequence[Group], free: Mapping[Place, int], kept: Collection[UUID] = ()) -> Decision:
    """Give units to groups in the order given: each group gets all that it wants, or nothing.

    `free` is units per place; a place that is absent has none. Requests of the owners in `kept` have been
    granted before and need no further unit.
    """
    left = dict(free)
    taken: list[HoldRequest] = []
    refused: dict[UUID, tuple[Shortage, ...]] = {}
    for group, requests in groups:
        fresh = [request for request in requests if request.owner not in kept]
        wanted = sums((request.place, request.quantity) for request in fresh)
        short = _shortages(wanted, left)
        if short:
            refused[group] = short
            continue
        taken += fresh
        left.update({place: left[place] - units for place, units in wanted.items()})
    return Decision(taken=tuple(taken), refused=refused)


def _shortages(wanted: Mapping[Place, int], left: Mapping[Place, int]) -> tuple[Shortage, ...]:
    return tuple(
        Shortage(place=place, available=left.get(place, 0), wanted=units)
        for place, units in wanted.items()
        if units > left.get(place, 0)
    )


def sums(pairs: Iterable[tuple[K, int]]) -> dict[K, int]:
    """Add up the numbers of each key."""
    found: dict[K, int] = {}
    for key, number in pairs:
        found[key] = found.get(key, 0) + number
    return found


def check(groups: Sequence[Group]) -> None:
    """Raises ValueError for a quantity below 1, or an owner or a group that is named twice."""
    requests = [request for _, group in groups for request in group]
    if any(request.quantity < 1 for request in requests):
        raise ValueError("a hold is of one unit at least")
    if len({request.owner for request in requests}) < len(requests):
        raise ValueError("an owner is named twice")
    if len({group for group, _ in groups}) < len(groups):
        raise ValueError("a group is named twice")


def require_units(quantities: Iterable[int]) -> None:
    """Raises ValueError for a quantity below 1: a negative one would undo what it pretends to do."""
    if any(quantity < 1 for quantity in quantities):
        raise ValueError("quantities are one unit at least")
