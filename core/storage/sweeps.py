"""What has to be done again and again: each sweep finds its work in rows, so losing a wake-up loses nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct


class Sweep(Struct, frozen=True):
    """`run(mall)` does what is due and returns how much that was; `every` is seconds."""

    name: str
    every: float
    run: Callable[[Any], Awaitable[int]]
