"""Which plugins are on, as one process knows it: loaded by revision, and asked for again when that is 500 ms old."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from msgspec import Struct

from . import queries
from .known import Known, unchanged
from .metadata import Plugin
from .queries import Standing
from .rules import PluginNotFound

S = TypeVar("S", bound=Struct)

POLL = 0.5
"""Seconds for which an answer is used: a change elsewhere is in force here within a second."""


class States:
    """`monotonic` counts seconds; tests give their own. Polling happens on use, so an idle process asks nothing."""

    def __init__(
        self, plugins: Sequence[Plugin], *, production: bool, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.plugins = {plugin.name: plugin for plugin in plugins}
        self.production = production
        self._monotonic = monotonic
        self._known: Known | None = None
        self._asked = self._seen = -math.inf

    def plugin(self, name: str) -> Plugin:
        """Raises PluginNotFound for one that is not installed."""
        found = self.plugins.get(name)
        if found is None:
            raise PluginNotFound(f"No plugin {name} is installed.")
        return found

    async def of(self, name: str, store_id: UUID | None) -> Standing:
        """A plugin's standing in a store, or in the mall. Raises PluginNotFound."""
        plugin = self.plugin(name)
        return (await self.current()).of(plugin, store_id)

    def unchanged(self, plugin: Plugin, store_id: UUID | None) -> Standing:
        """Where nobody has changed anything yet."""
        return unchanged(plugin, store_id, production=self.production)

    async def is_on(self, name: str, store_id: UUID | None) -> bool:
        """Whether it may be used there. Raises PluginNotFound."""
        return (await self.current()).is_on(self.plugin(name), store_id)

    async def settings(self, name: str, shape: type[S], store_id: UUID | None) -> S:
        """A plugin's settings there, as its Struct. Raises PluginNotFound, Invalid (`settings_invalid`)."""
        return (await self.current()).read(self.plugin(name), shape, store_id)

    async def stores(self, name: str) -> list[Standing]:
        """Where stores have changed a plugin's state."""
        return [one for one in (await self.current()).standings.values() if one.plugin == name and one.store_id]

    async def forget(self) -> None:
        """Ask anew at the next use: after a change that was made in this process."""
        self._asked = self._seen = -math.inf

    async def current(self) -> Known:
        """What is known of all plugins now: POLL seconds old, or twice that while somebody is asking."""
        known, now = self._known, self._monotonic()
        if known is None or now - self._asked >= POLL or now - self._seen >= 2 * POLL:
            known = await self._refreshed(known, now)
        return known

    async def _refreshed(self, known: Known | None, now: float) -> Known:
        """Whoever comes meanwhile uses what is known already, unless that is too old, as it is after idle seconds."""
        before, self._asked = self._asked, now
        try:
            revision = await queries.revision()
            if known is None or revision > known.revision:
                known = self._kept(await self._loaded(revision))
        except BaseException:
            self._asked = before
            raise
        self._seen = max(self._seen, now)
        return known

    def _kept(self, loaded: Known) -> Known:
        """The newer of two: a slow answer never replaces what a later one has brought."""
        if self._known is None or loaded.revision > self._known.revision:
            self._known = loaded
        return self._known

    async def _loaded(self, revision: int) -> Known:
        """Read after the count: what is newer than it comes again with the next one."""
        return Known(
            revision=revision,
            production=self.production,
            standings={(one.store_id, one.plugin): one for one in await queries.standings()},
            places=await queries.places(),
            rules=await queries.rules(),
            classes=await queries.classes(),
        )
