"""HTTP routes of this domain."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from . import (
    routes_classes,
    routes_document,
    routes_locations,
    routes_mall,
    routes_members,
    routes_plugins,
    routes_profile,
    routes_public,
)

ROUTES: Sequence[ControllerRouterHandler] = (
    *routes_public.ROUTES,
    *routes_mall.ROUTES,
    *routes_profile.ROUTES,
    *routes_members.ROUTES,
    *routes_locations.ROUTES,
    *routes_plugins.ROUTES,
    *routes_classes.ROUTES,
    *routes_document.ROUTES,
)
