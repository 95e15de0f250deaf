"""The clock that everything asks for the time, so that tests can hold and move it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _system() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Tells the time in UTC. `source` is any callable that returns an aware datetime."""

    def __init__(self, source: Callable[[], datetime] = _system) -> None:
        self._source = source

    def now(self) -> datetime:
        return self._source()


class ManualClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or _system()
        super().__init__(lambda: self.at)

    def move(self, delta: timedelta) -> None:
        self.at += delta
