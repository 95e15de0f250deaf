"""What a plugin's author tells of the plugin, so that the kit can have an order get something from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ...plugins.metadata import Plugin
from ...plugins.metadata import Scope as PluginScope
from ...types import Ask
from .scene import Scene

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Story:
    """Override what differs. `plugin` is the name of an installed plugin, or one that was made by `inline_plugin`.

    `scope` is where it is switched on: "store" if it may be, else "mall". `settings` are its settings there. The order
    is of one SKU per price (minor units, CNY) in the quantity beside it; `extra` is each line's data for the plugin.
    """

    plugin: str | Plugin
    scope: PluginScope | None = None
    settings: Mapping[str, Any] = NOTHING
    prices: Sequence[int] = (9900, 2500)
    quantities: Sequence[int] = (3, 2)
    extra: Any = None

    async def prepare(self, scene: Scene) -> Sequence[str | Ask]:  # noqa: ARG002  for those that override it
        """Make what the plugin needs in `scene.shop`, and return what the shopper asks of it: references, or Asks.

        Called once for each scene, when the plugin is on there. `scene.owner` is a client of the shop's owner,
        `scene.operator` of the mall's, `scene.shopper.api` of the shopper; paths begin with `scene.shop.path`.
        """
        return ()
