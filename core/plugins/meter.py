"""How often each plugin was called, how it went, and how long it took, in this process."""

from __future__ import annotations

from msgspec import Struct


class Tally(Struct):
    """Calls of one hook of one plugin with one outcome (`ok`, `failed`, `slow`). Times are seconds."""

    calls: int = 0
    seconds: float = 0.0
    longest: float = 0.0


class Meter:
    """`tallies` by plugin, hook and outcome."""

    def __init__(self) -> None:
        self.tallies: dict[tuple[str, str, str], Tally] = {}

    def count(self, plugin: str, hook: str, outcome: str, seconds: float) -> None:
        tally = self.tallies.setdefault((plugin, hook, outcome), Tally())
        tally.calls += 1
        tally.seconds += seconds
        tally.longest = max(tally.longest, seconds)
