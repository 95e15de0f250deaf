"""An order as one plugin is shown it: a copy, with that plugin's own adjustments in its place."""

from __future__ import annotations

from msgspec.structs import replace

from ..snapshots import OrderSnapshot
from ..types import Adjustment
from .proposals import sound
from .turns import Turn


def shown_to(turn: Turn, order: OrderSnapshot) -> OrderSnapshot:
    """The order for this turn."""
    return sound(replace(order, adjustments=owned(order, turn.plugin, turn.store_id is None)))


def owned(order: OrderSnapshot, plugin: str, for_mall: bool) -> tuple[Adjustment, ...]:
    """The plugin's adjustments, those of its mall's offers or those of its store's."""
    return tuple(one for one in order.adjustments if one.plugin == plugin and (one.store_id is None) is for_mall)
