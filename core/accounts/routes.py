"""HTTP routes of this domain."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from . import routes_addresses, routes_mall, routes_me, routes_registration, routes_sessions

ROUTES: Sequence[ControllerRouterHandler] = (
    *routes_registration.ROUTES,
    *routes_sessions.ROUTES,
    *routes_me.ROUTES,
    *routes_addresses.ROUTES,
    *routes_mall.ROUTES,
)
