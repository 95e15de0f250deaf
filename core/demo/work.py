"""What the parts of loading share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ..mall import Mall

Report = Callable[[str], None]


@dataclass
class Work:
    """One run of loading: what it has made, by noun, and what it had to leave out."""

    mall: Mall
    password: str
    report: Report
    made: Counter[str] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)

    def skip(self, reason: str) -> None:
        self.skipped.append(reason)
        self.report(reason)
