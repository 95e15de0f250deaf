"""HTTP routes of this domain."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from . import routes_changes, routes_reading

ROUTES: Sequence[ControllerRouterHandler] = (*routes_reading.ROUTES, *routes_changes.ROUTES)
