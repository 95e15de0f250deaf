"""What a running process is made of: built once by `app.py` and handed down to every service."""

from __future__ import annotations

from datetime import datetime
from random import Random, SystemRandom

from redis.asyncio import Redis

from .clock import Clock
from .plugins.manager import PluginManager
from .settings import Settings
from .storage.outbox import Outbox


class Mall:
    """Services take it as their first argument. Nothing else is global but Piccolo's engine."""

    __slots__ = ("clock", "outbox", "plugins", "random", "redis", "settings")

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        plugins: PluginManager,
        outbox: Outbox,
        redis: Redis,
        random: Random | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.plugins = plugins
        self.outbox = outbox
        self.redis = redis
        self.random = random or SystemRandom()

    def now(self) -> datetime:
        return self.clock.now()
