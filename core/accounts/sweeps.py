"""What this domain does again and again."""

from __future__ import annotations

from ..mall import Mall
from ..storage.sweeps import Sweep
from . import purging


async def _sessions(mall: Mall) -> int:
    return await purging.purge_sessions(mall.now())


async def _throttle(mall: Mall) -> int:
    return await purging.purge_throttle(mall.now())


SWEEPS: tuple[Sweep, ...] = (
    Sweep("ended_sessions", 3600, _sessions),
    Sweep("forgiven_failures", 3600, _throttle),
)
