"""What a running process is made of: built once by `app.py` and handed down to every service."""

from __future__ import annotations

from datetime import datetime

from redis.asyncio import Redis

from .clock import Clock
from .plugins.manager import PluginManager
from .settings import Settings
from .storage.outbox import Outbox


class Mall:
    """Services take it as their first argument. Nothing else is global but Piccolo's engine."""

    __slots__ = ("clock", "outbox", "plugins", "redis", "settings")

    def __init__(
        self, *, settings: Settings, clock: Clock, plugins: PluginManager, outbox: Outbox, redis: Redis
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.plugins = plugins
        self.outbox = outbox
        self.redis = redis

    def now(self) -> datetime:
        return self.clock.now()
