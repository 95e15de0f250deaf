"""What plugins say while the process starts, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litestar.types import ControllerRouterHandler
from msgspec import Struct

from ..settings import Settings


class StartupContext(Struct, frozen=True, kw_only=True):
    """What a plugin may know while the process starts: the settings and its own prefix for addresses."""

    settings: Settings
    plugin: str

    @property
    def mall_url(self) -> str:
        """The address below which the plugin's mall routes answer."""
        return f"{self.settings.base_url}/api/plugins/{self.plugin}"


class Routes(Struct, frozen=True, kw_only=True):
    """Handlers with paths relative to the plugin's own prefixes, so that none can lie outside them.

    `mall` handlers answer under `/api/plugins/<plugin>/`, `store` handlers under `/api/stores/{store}/<plugin>/`.
    """

    mall: Sequence[ControllerRouterHandler] = ()
    store: Sequence[ControllerRouterHandler] = ()


class Permission(Struct, frozen=True, kw_only=True):
    """Something that a store may let its staff do.

    `code` is `<plugin>.<word>` in lower case; `label` is a text by language, in those that Galleria ships at least.
    """

    code: str
    label: Mapping[str, str]
