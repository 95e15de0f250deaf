"""How long calls took, by their kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

from msgspec import Struct


class Summary(Struct, frozen=True, kw_only=True):
    """The calls of one kind: how many, and the milliseconds within which half and 99 of a hundred were answered."""

    kind: str
    count: int
    p50: float
    p99: float


class Timings:
    """Seconds of every call, and of every stage of the run."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self._calls: dict[str, list[float]] = {}

    def note(self, kind: str, seconds: float) -> None:
        self._calls.setdefault(kind, []).append(seconds)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what runs inside under `name`; `stages[name]` is there afterwards."""
        begun = perf_counter()
        try:
            yield
        finally:
            self.stages[name] = perf_counter() - begun

    def summaries(self) -> list[Summary]:
        """One for each kind of call, in the order in which they were first made."""
        return [_summary(kind, sorted(seconds)) for kind, seconds in self._calls.items()]


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest of the ascending values that at least `share` of them do not exceed."""
    rank = -int(-share * len(ordered) // 1)
    return ordered[max(rank, 1) - 1]


def _summary(kind: str, ordered: Sequence[float]) -> Summary:
    return Summary(kind=kind, count=len(ordered), p50=quantile(ordered, 0.5) * 1000, p99=quantile(ordered, 0.99) * 1000)
