"""`galleria check`: every invariant of core, in one snapshot, then each one that plugins add, by itself."""

from __future__ import annotations

import asyncpg
import click
import msgspec

from ..jobs.registry import INVARIANTS, invariants_of
from ..mall import Mall
from ..storage.invariants import Invariant, Violation, violations


async def check(mall: Mall) -> int:
    """Say what is broken; return the exit code."""
    found = await broken(mall)
    for violation in found:
        click.echo(f"BROKEN: {violation.name}: {violation.count} rows")
        click.echo(f"  {msgspec.json.encode(violation.examples, enc_hook=str).decode()}")
    click.echo(f"{len(invariants_of(mall))} invariants, {len(found)} broken.")
    return 1 if found else 0


async def broken(mall: Mall) -> list[Violation]:
    """A plugin's statement that cannot be run counts as broken, and keeps nothing else from being looked at."""
    found = await violations(INVARIANTS, mall.now())
    for invariant in mall.plugins.invariants:
        found += await _held(mall, invariant)
    return found


async def _held(mall: Mall, invariant: Invariant) -> list[Violation]:
    try:
        return await violations([invariant], mall.now())
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return [Violation(invariant.name, 0, [{"error": f"{type(error).__name__}: {error}"}])]
