"""Whether what a test has done leaves every invariant as it was. Other tests may have broken rows on purpose."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from ..jobs.registry import INVARIANTS
from ..storage.invariants import Invariant, Violation, violations


@asynccontextmanager
async def kept_sound(*more: Invariant) -> AsyncIterator[None]:
    """Raise AssertionError at the end when an invariant of core, or of `more`, is broken by more rows than before."""
    rules = [*INVARIANTS, *more]
    before = {one.name: one.count for one in await _broken(rules)}
    yield
    new = [one for one in await _broken(rules) if one.count > before.get(one.name, 0)]
    if new:
        raise AssertionError(f"broken: {new}")


async def _broken(rules: Sequence[Invariant]) -> list[Violation]:
    return await violations(rules, datetime.now(UTC))
