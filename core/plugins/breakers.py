"""One breaker a plugin and place: after failures in a row the plugin is suspended there for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from msgspec import Struct

FAILURES = 5
"""Failures in a row that open a breaker."""
PAUSE = 30.0
"""Seconds for which a plugin is suspended; then one call is tried."""

Place = tuple[UUID | None, str]


class _Breaker(Struct):
    failures: int = 0
    until: float = 0.0


class Breakers:
    """What one process has seen of failing plugins. `monotonic` counts seconds; tests give their own."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._breakers: dict[Place, _Breaker] = {}

    def is_open(self, place: Place) -> bool:
        """Whether the plugin is suspended there. After the pause one caller gets through; the others wait on."""
        breaker = self._breakers.get(place)
        if breaker is None or breaker.failures < FAILURES:
            return False
        now = self._monotonic()
        if now < breaker.until:
            return True
        breaker.until = now + PAUSE
        return False

    def failed(self, place: Place) -> bool:
        """Count a failure; say whether the plugin is suspended by it."""
        breaker = self._breakers.setdefault(place, _Breaker())
        breaker.failures += 1
        if breaker.failures < FAILURES:
            return False
        breaker.until = self._monotonic() + PAUSE
        return True

    def succeeded(self, place: Place) -> None:
        """A call that went well ends the suspension and the count."""
        self._breakers.pop(place, None)

    def suspended(self) -> list[Place]:
        """Where plugins are suspended now."""
        now = self._monotonic()
        return [place for place, one in self._breakers.items() if one.failures >= FAILURES and now < one.until]
