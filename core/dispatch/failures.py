"""What it means when a plugin fails, and who is told."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from ..errors import GalleriaError, Unavailable


class Failure(Struct, frozen=True, kw_only=True):
    """A call that gave nothing usable. `outcome` is `failed`, `slow` or `suspended`."""

    plugin: str
    store_id: UUID | None
    hook: str
    outcome: str
    error: str = ""


class PluginFailed(GalleriaError):
    """A plugin gave nothing usable; `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.plugin} {failure.outcome} in {failure.hook}: {failure.error}")
        self.failure = failure


class PluginUnavailable(Unavailable):
    """Something must wait for a plugin that does not work: placing an order, a step of one."""

    code = "plugin_failed"
    title = "A plugin that has a say in this does not work at the moment"


def refusal_for(failure: Failure) -> PluginUnavailable:
    """The problem for a client: it names the plugin, not its error."""
    return PluginUnavailable(
        f"{failure.plugin} does not work at the moment.",
        plugin=failure.plugin,
        store_id=None if failure.store_id is None else str(failure.store_id),
    )
