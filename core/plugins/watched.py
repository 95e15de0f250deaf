"""Which plugin is at work, for whoever looks from another thread when the loop stands still."""

from __future__ import annotations


class Watched:
    """`last` is the plugin and hook that were entered last."""

    def __init__(self) -> None:
        self.last: tuple[str, str] | None = None

    def enter(self, plugin: str, hook: str) -> None:
        self.last = (plugin, hook)
