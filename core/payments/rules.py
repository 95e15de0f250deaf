"""The arithmetic and the waiting times of payments: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec import Struct

OPEN_STATES = ("open", "partially_paid")
LIVE_ATTEMPTS = ("created", "pending", "unknown")
"""Attempts that may still be paid and that nobody has asked to close."""

LATE, OVERPAID, PARTIAL = "late_payment", "overpaid", "partial_payment"
"""Reasons of refunds that nobody has to ask for."""

LARGEST = 10**15
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)


class Outcome(Struct, frozen=True):
    """What a capture makes of a payment, and how much of that capture has to go back at once, and why."""

    state: str
    excess: int = 0
    reason: str = ""


class Part(Struct, frozen=True):
    """A part of an amount, taken from one capture."""

    capture_id: UUID
    amount: int


def after_capture(state: str, amount: int, captured: int, taken: int) -> Outcome:
    """`amount` was due, `captured` had been taken before, `taken` comes in now; all in minor units.

    A capture is a fact and never refused: what comes too late or is too much is given back.
    """
    if state == "closed":
        return Outcome(state, taken, LATE)
    if state == "paid":
        return Outcome(state, taken, OVERPAID)
    excess = captured + taken - amount
    if excess < 0:
        return Outcome("partially_paid")
    return Outcome("paid", excess, OVERPAID if excess else "")


def split(amount: int, rooms: Sequence[Part]) -> list[Part]:
    """Spread an amount over captures in the order given, each up to its room; falls short when the room does."""
    parts = []
    for room in rooms:
        taken = min(amount, room.amount)
        if taken > 0:
            parts.append(Part(room.capture_id, taken))
            amount -= taken
    return parts


def pause(tries: int) -> timedelta:
    """How long to wait after that many tries: 5, 10, 20 ... seconds, at most 10 minutes."""
    doublings = min(max(tries - 1, 0), 10)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
