"""The routes of a plugin where it is off: each answers 404 `plugin_disabled`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

from litestar import Router

from ..factories import Shop
from .scene import Scene
from .stage import Stage

_PARAMETER = re.compile(r"\{(\w+)\}")


async def answering(stage: Stage, scene: Scene) -> list[str]:
    """The routes that do answer in this place, to a caller who may call anything."""
    found = []
    for method, path in _doors(stage, scene.shop):
        answer = await scene.operator.http.request(method, path, headers=scene.operator.headers)
        code = answer.json().get("code") if "json" in answer.headers.get("content-type", "") else ""
        if (answer.status_code, code) != (404, "plugin_disabled"):
            found.append(f"{method} {path} ({answer.status_code} {code})")
    return found


def _doors(stage: Stage, shop: Shop) -> Iterator[tuple[str, str]]:
    routes = stage.home.mall.plugins.routes().get(stage.name)
    handlers = (routes.store if stage.scope == "store" else routes.mall) if routes else ()
    prefix = f"{shop.path}/{stage.name}" if stage.scope == "store" else f"/api/plugins/{stage.name}"
    for route in Router("/", route_handlers=list(handlers)).routes if handlers else ():
        for method in sorted(getattr(route, "methods", set()) - {"OPTIONS", "HEAD"}):
            yield method, prefix + _filled(route)


def _filled(route: Any) -> str:
    """The path with values that nothing has."""
    kinds = {name: parameter.type for name, parameter in route.path_parameters.items()}

    def value(found: re.Match[str]) -> str:
        kind = kinds.get(found[1])
        return str(uuid4()) if kind is UUID else "1" if kind in (int, float) else "x"

    return str(_PARAMETER.sub(value, route.path_format)).rstrip("/")
