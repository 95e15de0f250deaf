"""What orders want of limits, and who gets it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from .hours import period_start
from .limits import Limit, Piece


class Key(NamedTuple):
    """What is counted together. Keys are locked in their order."""

    limit_id: UUID
    account_id: UUID
    start: date


class Wish(Struct, frozen=True, kw_only=True):
    """What an order wants of limits."""

    order_id: UUID
    account_id: UUID
    pieces: Sequence[Piece]

    def sums(self) -> dict[UUID, tuple[Limit, int]]:
        """Each limit that is touched, with all units that the order wants of it."""
        found: dict[UUID, tuple[Limit, int]] = {}
        for piece in self.pieces:
            _, before = found.get(piece.limit.id, (piece.limit, 0))
            found[piece.limit.id] = piece.limit, before + piece.quantity
        return found

    def lines_of(self, limit: Limit) -> tuple[str, ...]:
        """The lines that count under a limit."""
        return tuple(piece.line_id for piece in self.pieces if piece.limit.id == limit.id)


class Short(Struct, frozen=True, kw_only=True):
    """More is wanted than a limit leaves."""

    limit: Limit
    wanted: int
    left: int


class Calendar(Struct, frozen=True):
    """The moment, on a store's clock: it names the periods that are running."""

    now: datetime
    zone: ZoneInfo

    def key(self, limit: Limit, account_id: UUID) -> Key:
        return Key(limit.id, account_id, period_start(limit.period, self.now, self.zone))

    def counted(self, wish: Wish) -> dict[Key, int]:
        """What a wish adds to each counter; a limit for one order alone needs none."""
        sums = wish.sums().values()
        return {self.key(limit, wish.account_id): count for limit, count in sums if limit.period != "order"}


def shortages(wish: Wish, used: Mapping[Key, int], calendar: Calendar) -> list[Short]:
    """The limits that the wish goes beyond, where `used` was taken already."""
    return [
        Short(limit=limit, wanted=wanted, left=left)
        for limit, wanted in wish.sums().values()
        if wanted > (left := max(limit.quantity - used.get(calendar.key(limit, wish.account_id), 0), 0))
    ]


def share_out(
    wishes: Sequence[Wish], used: Mapping[Key, int], calendar: Calendar
) -> tuple[dict[Key, int], dict[UUID, Short]]:
    """Who gets what, in order of arrival: what is taken of each counter, and the first shortage of each refused order.

    An order gets all that it wants, or nothing.
    """
    running, taken, refused = dict(used), dict[Key, int](), dict[UUID, Short]()
    for wish in wishes:
        short = shortages(wish, running, calendar)
        if short:
            refused[wish.order_id] = short[0]
            continue
        for key, count in calendar.counted(wish).items():
            running[key] = running.get(key, 0) + count
            taken[key] = taken.get(key, 0) + count
    return taken, refused
