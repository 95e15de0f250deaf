"""Every hook of Galleria: the contract between core and plugins, grouped by the moment of the call.

`docs/hooks.md` has a section for each; a test compares the two. All hooks take `ctx` first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import pluggy
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from .core.providers import PaymentProvider
from .core.settings import Settings

PROJECT = "galleria"
VERSIONS = {"startup": 1}
"""The version of each group of hooks; a plugin's `requires` is checked against it at load."""

hookimpl = pluggy.HookimplMarker(PROJECT)
_pluggy_spec = pluggy.HookspecMarker(PROJECT)

F = TypeVar("F", bound=Callable[..., Any])


class Kind(StrEnum):
    """When a hook is called and what its failure means (docs/hooks.md)."""

    STARTUP = "startup"


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


def spec(kind: Kind) -> Callable[[F], F]:
    """Mark a hook specification and say its kind."""

    def mark(function: F) -> F:
        function.kind = kind  # type: ignore[attr-defined]  # read by dispatch and by the documentation's test
        return _pluggy_spec(function)

    return mark


@spec(Kind.STARTUP)
def register_routes(ctx: StartupContext) -> Routes:  # type: ignore[empty-body]
    """Add HTTP routes. Called once, while the application is built.

    Each handler states its access policy (`access=`). A handler that clashes with another one stops the
    start, and the message names both plugins.

    Example: `return Routes(mall=[pay_page, confirm])`
    """


@spec(Kind.STARTUP)
def register_tables(ctx: StartupContext) -> str:  # type: ignore[empty-body]
    """Name the plugin's Piccolo app, as a module path. Called once, before migrations run.

    The app bears the plugin's name; table names begin with it; each table has `store_id` or the tag `mall`;
    migrations are named `<plugin>_<number>`.

    Example: `return "galleria_sandbox_pay.piccolo_app"`
    """


@spec(Kind.STARTUP)
def register_payment_providers(ctx: StartupContext) -> Sequence[PaymentProvider]:  # type: ignore[empty-body]
    """Add ways to pay. Called once, while the application is built; two providers of one code stop the start.

    Return [] where the plugin is installed but must not offer payment (a sandbox in production).

    Example: `return [SandboxProvider(ctx)] if not ctx.settings.production else []`
    """
