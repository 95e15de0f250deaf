"""Which changes of state an order may go through."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "pay": (frozenset({"placed"}), "paid"),
    "cancel": (frozenset({"placed"}), "cancelled"),
    "fulfil": (frozenset({"paid"}), "fulfilling"),
    "complete": (frozenset({"paid", "fulfilling"}), "completed"),
    "void": (frozenset({"paid"}), "cancelled"),
}
"""By name: the states it starts from, and the one it leads to. `void` is a paid order refunded before shipment."""

SHIPPABLE = frozenset({"paid", "fulfilling"})


class Units(Struct, frozen=True):
    """How many units of a line there are, were shipped, and were refunded before shipment."""

    quantity: int
    shipped: int
    cancelled: int

    @property
    def to_ship(self) -> int:
        return self.quantity - self.shipped - self.cancelled


def may_wait(transition: str, by: str) -> bool:
    """Whether a sub-state can hold this up: never that money came in, nor that the time to pay is over."""
    return transition != "pay" and (transition, by) != ("cancel", "system")


def blocking(transition: str, blocks: Sequence[tuple[str, Collection[str]]]) -> str | None:
    """The name of a sub-state that blocks this transition, if there is one."""
    return next((name for name, blocked in blocks if transition in blocked), None)


def split_refund(units: Units, count: int) -> tuple[int, int]:
    """Of `count` units to be refunded: those that are not sent yet (never will be), and those that were."""
    unsent = min(count, units.to_ship)
    return unsent, count - unsent
