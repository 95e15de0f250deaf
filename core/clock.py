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


class AdjustableClock(Clock):
    """For tests: the system's time, moved by an offset, or standing still at a moment."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._held: datetime | None = None
        super().__init__(lambda: self._held or _system() + self._offset)

    def move(self, delta: timedelta) -> None:
        """Go forward (or back) by `delta`."""
        if self._held is not None:
            self._held += delta
        else:
            self._offset += delta

    def hold(self, at: datetime | None = None) -> datetime:
        """Stand still, now or at the given moment; return that moment."""
        self._held = at or self.now()
        return self._held

    def reset(self) -> None:
        self._offset, self._held = timedelta(), None
