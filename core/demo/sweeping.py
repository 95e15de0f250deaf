"""What a running server does by itself, done now: facts are delivered, and providers are asked to give money back."""

from __future__ import annotations

from ..mall import Mall
from ..payments.sweeps import SWEEPS

ROUNDS = 20
"""After so many rounds the rest is left to the server."""


async def settle(mall: Mall) -> None:
    """Deliver and sweep until nothing is due."""
    for _ in range(ROUNDS):
        done = await mall.outbox.deliver(mall.now())
        for sweep in SWEEPS:
            done += await sweep.run(mall)
        if not done:
            return
