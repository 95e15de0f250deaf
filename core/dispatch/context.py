"""What every hook is given first: the place, the moment, the plugin's settings there, and the mall's services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from msgspec import Struct

from ..mall import Mall

T = TypeVar("T")


class Context(Struct, frozen=True, kw_only=True):
    """One plugin's view of one place: `store_id`, or None for the mall.

    `settings` is the plugin's settings Struct there, None for a plugin without; `mall` is what functions of
    `plugin_api` take first; `revision` counts the changes of the plugin's own rules there.
    """

    mall: Mall
    plugin: str
    store_id: UUID | None
    now: datetime
    locale: str
    settings: Any = None
    revision: int = 0

    @property
    def random(self) -> Random:
        """The mall's source of randomness, which a test may seed."""
        return self.mall.random

    async def cached(self, name: str, load: Callable[[UUID | None], Awaitable[T]]) -> T:
        """What `load(store_id)` returned last, kept in this process until the plugin's rules there change.

        So a plugin with nothing to offer costs no query. Whatever changes the rules calls `rules_changed` in
        its transaction; other processes see it within a second, and an order priced before it is refused.
        """
        key = (self.plugin, name, self.store_id)
        value: T = await self.mall.plugins.memory.get(key, self.revision, lambda: load(self.store_id))
        return value
