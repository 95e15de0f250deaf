"""How hard the mall is worked."""

from __future__ import annotations

from msgspec import Struct


class Pace(Struct, frozen=True, kw_only=True):
    """How many processes serve, and how many calls are in flight."""

    workers: int = 2
    at_once: int = 8
