"""What a running process is made of: built once by `app.py` and handed down to every service."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from redis.asyncio import Redis

from .clock import Clock
from .plugins.manager import PluginManager
from .settings import Settings
from .storage.outbox import Outbox


class Mall(Struct, frozen=True, kw_only=True, eq=False):
    """Services take it as their first argument. Nothing else is global but Piccolo's engine."""

    settings: Settings
    clock: Clock
    plugins: PluginManager
    outbox: Outbox
    redis: Redis

    def now(self) -> datetime:
        return self.clock.now()
