from __future__ import annotations

import asyncio

from galleria.core.ids import new_id
from galleria.core.jobs.registry import INVARIANTS, SWEEPS
from galleria.core.jobs.runner import Runner, announce
from galleria.core.storage.sweeps import Sweep


class Counter:
    """A sweep that counts its runs."""

    def __init__(self, name="outbox"):
        self.runs = 0
        self.ran = asyncio.Event()
        self.sweep = Sweep(name, 3600, self)

    async def __call__(self, mall):
        self.runs += 1
        self.ran.set()
        return 1


async def test_a_wake_up_runs_the_outbox_at_once(mall):
    """Whoever published something need not wait for the interval."""
    counter = Counter()
    runner = Runner(mall, [counter.sweep])
    runner.start()
    try:
        await runner.wake()
        await asyncio.wait_for(counter.ran.wait(), 5)
    finally:
        await runner.stop()
    assert counter.runs >= 1


async def test_a_wake_up_of_another_process_arrives_by_redis(mall):
    """A server without a runner of its own announces; a worker elsewhere hears it."""
    counter = Counter()
    runner = Runner(mall, [counter.sweep])
    runner.start()
    try:
        for _ in range(100):
            await announce(mall)
            if counter.runs:
                break
            await asyncio.sleep(0.05)
    finally:
        await runner.stop()
    assert counter.runs


async def test_a_failing_sweep_is_logged_and_goes_on(mall):
    """A sweep that raises ends neither itself nor the others."""

    async def fails(_):
        raise ValueError("not now")

    runner = Runner(mall, [Sweep(f"fails-{new_id()}", 0.05, fails), Counter().sweep])
    assert await runner.run(Sweep("fails", 1, fails)) == 0


async def test_an_interval_runs_its_sweep_again(mall):
    """A sweep of a twentieth of a second has run several times before long."""
    counter = Counter()
    runner = Runner(mall, [Sweep("outbox", 0.05, counter)])
    runner.start()
    try:
        for _ in range(100):
            if counter.runs >= 3:
                break
            await asyncio.sleep(0.05)
    finally:
        await runner.stop()
    assert counter.runs >= 3


def test_names_of_sweeps_and_invariants_are_unique():
    """The scheduler knows sweeps by name; a person knows invariants by name."""
    assert len({sweep.name for sweep in SWEEPS}) == len(SWEEPS) > 8
    assert len({invariant.name for invariant in INVARIANTS}) == len(INVARIANTS) > 50
