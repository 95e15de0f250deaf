"""What one process knows of all plugins at one moment: a picture that does not change while it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from msgspec import Struct, field

from ..types import DEFAULT_CLASSES
from . import rules, settings
from .metadata import Plugin
from .queries import Standing

S = TypeVar("S", bound=Struct)
Place = tuple[UUID | None, str]
"""A store, or None for the mall, and a plugin's name."""

_NO_SETTINGS: Mapping[str, Any] = {}


class Known(Struct, frozen=True, kw_only=True):
    """By store or mall: `places` has the last change of anything, `classes` the order of offer classes.

    `rules` has the last change of a plugin's own rules, by place. All are numbers of one count, `revision`.
    """

    revision: int
    production: bool
    standings: Mapping[Place, Standing]
    places: Mapping[UUID | None, int] = field(default_factory=dict)
    rules: Mapping[Place, int] = field(default_factory=dict)
    classes: Mapping[UUID | None, tuple[str, ...]] = field(default_factory=dict)
    _settings: dict[Place, Any] = field(default_factory=dict)

    def of(self, plugin: Plugin, store_id: UUID | None) -> Standing:
        """How a plugin stands there; where nobody has changed anything yet, as it starts."""
        return self.standings.get((store_id, plugin.name)) or unchanged(plugin, store_id, production=self.production)

    def is_on(self, plugin: Plugin, store_id: UUID | None) -> bool:
        found = self.standings.get((store_id, plugin.name))
        if found is None:
            return rules.initial(plugin, rules.scope_of(store_id), production=self.production) == "on"
        return found.state == "on"

    def settings_of(self, plugin: Plugin, store_id: UUID | None) -> Any:
        """The settings there as the plugin's Struct, or None for a plugin without. Raises Invalid."""
        shape, place = plugin.info.settings, (store_id, plugin.name)
        if shape is None:
            return None
        if place not in self._settings:
            found = self.standings.get(place)
            self._settings[place] = settings.read(shape, found.settings if found else _NO_SETTINGS)
        return self._settings[place]

    def classes_of(self, store_id: UUID | None) -> tuple[str, ...]:
        """The order of offer classes there, highest level first."""
        return self.classes.get(store_id, DEFAULT_CLASSES)

    def revision_of(self, store_id: UUID | None) -> int:
        """The last change of anything about plugins in a store, or in the mall; 0 before the first."""
        return self.places.get(store_id, 0)

    def read(self, plugin: Plugin, shape: type[S], store_id: UUID | None) -> S:
        """The settings there as a given Struct. Raises Invalid (`settings_invalid`)."""
        return settings.read(shape, self.of(plugin, store_id).settings)


def unchanged(plugin: Plugin, store_id: UUID | None, *, production: bool) -> Standing:
    """Where nobody has changed anything yet."""
    state = rules.initial(plugin, rules.scope_of(store_id), production=production)
    return Standing(store_id=store_id, plugin=plugin.name, state=state)
