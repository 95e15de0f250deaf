"""Names of operations in the API document: method and path, so that no two handlers can share one."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition


def operation_id(_: HTTPRouteHandler, method: Method, path: list[str | PathParameterDefinition]) -> str:
    """`get_stores_store_products` for `GET /api/stores/{store}/products`."""
    parts = [part if isinstance(part, str) else part.name for part in path]
    return "_".join([method.lower(), *(part.replace("-", "_") for part in parts if part != "api")])
