"""Names in the API document: of operations, and of the shapes that they exchange. Nobody's name stands for two things.

Litestar would find equal operation ids only when the document is first read, and renames shapes of one name, core's
too, as soon as a plugin brings another. So both are looked for at the start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition
from msgspec import Struct

from ..errors import PluginConflict, StartupError
from ..plugins.metadata import Plugin
from .mounting import CORE, owner_of

_RESERVED = frozenset({"request", "state", "headers", "cookies", "query"})
_ODD = re.compile(r"[^a-zA-Z0-9._-]+")

Handled = tuple[str, HTTPRoute, HTTPRouteHandler]
"""Whose handler it is, its route, and itself."""
Parts = dict[type, list[Any]]
"""What the fields of a shape are declared with."""


def operation_id(_: HTTPRouteHandler, method: Method, path: list[str | PathParameterDefinition]) -> str:
    """`get_stores_store_products` for `GET /api/stores/{store}/products`."""
    parts = [part if isinstance(part, str) else part.name for part in path]
    return "_".join([method.lower(), *(part.replace("-", "_") for part in parts if part != "api")])


def require_distinct(application: Litestar, plugins: Mapping[str, Plugin]) -> None:
    """Raises PluginConflict, which names both sides, for equal operation ids and for shapes of one name that differ."""
    handled = list(_handled(application, plugins))
    _require_distinct_operations(handled)
    _require_distinct_shapes(handled)


def _handled(application: Litestar, plugins: Mapping[str, Plugin]) -> Iterator[Handled]:
    for route in application.routes:
        if isinstance(route, HTTPRoute):
            found = owner_of(route.path, plugins)
            for handler in route.route_handlers:
                if handler.http_methods != {"OPTIONS"} and handler.resolve_include_in_schema():
                    yield str(found[0]) if found else CORE, route, handler


def _require_distinct_operations(handled: list[Handled]) -> None:
    taken: dict[str, tuple[str, str]] = {}
    for owner, route, handler in handled:
        for method in sorted(handler.http_methods):
            name, place = _operation_id(route, handler, method), f"{method} {route.path}"
            other, elsewhere = taken.setdefault(name, (owner, place))
            if elsewhere != place:
                both = f"{other} ({elsewhere}) and {owner} ({place})"
                raise _conflict(f"The operation id {name!r} is claimed by {both}. Rename one of them.", other, owner)


def _operation_id(route: HTTPRoute, handler: HTTPRouteHandler, method: Any) -> str:
    if isinstance(handler.operation_id, str):
        return handler.operation_id
    return (handler.operation_id or operation_id)(handler, method, route.path_components)


def _require_distinct_shapes(handled: list[Handled]) -> None:
    taken: dict[str, tuple[str, type]] = {}
    parts: Parts = {}
    for owner, _, handler in handled:
        for shape in shapes_of(handler, parts):
            name = _ODD.sub("_", shape.__qualname__.replace(".<locals>.", "."))
            other, first = taken.setdefault(name, (owner, shape))
            if first is not shape and other != owner and not _alike(first, shape):
                both = f"{other} ({first.__module__}) and {owner} ({shape.__module__})"
                raise _conflict(f"The API shape {name!r} is claimed by {both}. Rename one of them.", other, owner)


def _conflict(message: str, *owners: str) -> StartupError:
    return StartupError(message) if set(owners) == {CORE} else PluginConflict(message)


def shapes_of(handler: HTTPRouteHandler, parts: Parts) -> set[type]:
    """The shapes and enumerations that a handler's parameters and answer are made of. `parts` keeps what was found."""
    fields = [handler.parsed_return_field, *handler.parsed_fn_signature.parameters.values()]
    found: set[type] = set()
    provided = _RESERVED.union(handler.resolve_dependencies())
    waiting: list[Any] = [field.annotation for field in fields if field.name not in provided]
    while waiting:
        annotation = waiting.pop()
        waiting += get_args(annotation)
        shape = get_origin(annotation) or annotation
        if isinstance(shape, type) and shape not in found and _is_shape(shape):
            found.add(shape)
            if shape not in parts:
                parts[shape] = _parts(shape)
            waiting += parts[shape]
    return {shape for shape in found if not getattr(shape, "__parameters__", ())}


def _parts(shape: type) -> list[Any]:
    try:
        return [] if issubclass(shape, Enum) else list(get_type_hints(shape).values())
    except NameError:  # names that only a type checker sees: the document will not have them either
        return []


def _is_shape(kind: type) -> bool:
    return (
        issubclass(kind, Struct | Enum) or hasattr(kind, "__dataclass_fields__") or hasattr(kind, "__required_keys__")
    )


def _alike(one: type, other: type) -> bool:
    """Whether both are described in the same words."""
    try:
        return msgspec.json.schema(one) == msgspec.json.schema(other)
    except TypeError:
        return False
