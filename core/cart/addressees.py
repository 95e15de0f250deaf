"""Whom a buyer can address: the plugins that are on in a store, or for the mall."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from ..mall import Mall
from ..plugins.known import Known
from ..plugins.metadata import Plugin


class Addressees(Struct, frozen=True):
    """The installed plugins by name, and where they are on at this moment."""

    plugins: dict[str, Plugin]
    known: Known

    @property
    def installed(self) -> frozenset[str]:
        return frozenset(self.plugins)

    def in_place(self, store_id: UUID | None) -> frozenset[str]:
        """Those that can be asked in a store, or, without one, in the mall."""
        return frozenset(name for name, plugin in self.plugins.items() if self.known.is_on(plugin, store_id))

    def of_line(self, store_id: UUID) -> frozenset[str]:
        """Those that a line of the store may have data for: the store's, and the mall's."""
        return self.in_place(store_id) | self.in_place(None)


async def addressees(mall: Mall) -> Addressees:
    """As they are now; it costs no query where they were asked for within the last half second."""
    return Addressees(mall.plugins.states.plugins, await mall.plugins.states.current())
