"""HTTP routes of this domain."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from . import routes_imports, routes_products, routes_public, routes_trees

ROUTES: Sequence[ControllerRouterHandler] = (
    *routes_public.ROUTES,
    *routes_products.ROUTES,
    *routes_trees.ROUTES,
    *routes_imports.ROUTES,
)
