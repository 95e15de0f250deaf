"""A plugin's settings: what fits its Struct, and the JSON Schema that tells a client so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from ..errors import Invalid, field_error

S = TypeVar("S", bound=Struct)


def schema(shape: type[Struct] | None) -> dict[str, Any] | None:
    """The JSON Schema (2020-12) of the settings, or None for a plugin that has none."""
    return None if shape is None else msgspec.json.schema(shape)


def lax_shapes(shape: type[Struct] | None) -> list[str]:
    """The names of shapes, nested ones too, that accept unknown fields. Raises TypeError for what JSON cannot carry."""
    known = (schema(shape) or {}).get("$defs", {})
    return sorted(
        name
        for name, entry in known.items()
        if "properties" in entry and entry.get("additionalProperties") is not False
    )


def faults(shape: type[Struct] | None, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """What does not fit, with paths below `settings`; empty when all does."""
    if shape is None:
        return [{"path": "settings", "code": "no_settings", "detail": "This plugin has no settings."}] if values else []
    try:
        msgspec.convert(values, shape)
    except msgspec.ValidationError as error:
        found = field_error(str(error))
        return [found | {"path": f"settings.{found['path']}".strip(".")}]
    return []


def require_fitting(shape: type[Struct] | None, values: Mapping[str, Any]) -> None:
    """Raises Invalid (`settings_invalid`) with the paths of what does not fit."""
    found = faults(shape, values)
    if found:
        raise Invalid("These settings do not fit the plugin.", code="settings_invalid", errors=found)


def read(shape: type[S], values: Mapping[str, Any]) -> S:
    """Stored settings as the plugin's Struct. Raises Invalid when they were saved for another version of it."""
    require_fitting(shape, values)
    return msgspec.convert(values, shape)
