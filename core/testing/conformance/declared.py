"""Checks of what a plugin says of itself: labels, settings, the shape of its hooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any

from .... import hookspecs
from ...http.locale import SHIPPED
from ...plugins import settings
from ...plugins.registration import StartupContext
from .stage import Stage
from .verdict import expect


async def labels(stage: Stage) -> None:
    """The plugin and each of its permissions have a label in every language that ships."""
    for what, label in _labels(stage):
        missing = [language for language in SHIPPED if not label.get(language, "").strip()]
        expect(not missing, f"{what} has no label in {', '.join(missing)}. Add it.")


def _labels(stage: Stage) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield f"The plugin {stage.name}", stage.plugin.info.label
    for permission in asked_at_start(stage, "register_permissions"):
        yield f"The permission {permission.code}", permission.label


def asked_at_start(stage: Stage, hook: str) -> Sequence[Any]:
    """What the plugin registers by a startup hook; nothing where it does not implement it."""
    plugins = stage.home.mall.plugins
    found = next((each for each in plugins.implementations[hook] if each.plugin.name == stage.name), None)
    if found is None:
        return []
    context = StartupContext(settings=plugins.settings, plugin=stage.name)
    return list(found.function(**({"ctx": context} if "ctx" in found.arguments else {})))


async def settings_schema(stage: Stage) -> None:
    """The JSON Schema of the settings refuses unknown fields and has, for each field, a default or that it is required.

    The story's settings fit it.
    """
    shape = stage.plugin.info.settings
    schema = settings.schema(shape) or {}
    for name, entry in schema.get("$defs", {}).items():
        if "properties" in entry:
            expect(entry.get("additionalProperties") is False, f"{name} takes unknown fields. Derive it from Body.")
            silent = [key for key, said in entry["properties"].items() if not _says(key, said, entry)]
            expect(
                not silent,
                f"{name}: {', '.join(silent)} neither have a default in the schema nor are required. "
                "A default that cannot change, such as a tuple, is shown there.",
            )
    faults = settings.faults(shape, dict(stage.story.settings))
    expect(not faults, f"The story's settings do not fit: {faults}")


def _says(name: str, said: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """A nested shape says its own defaults."""
    return "default" in said or name in entry.get("required", ()) or "$ref" in said or _refers(said)


def _refers(said: Mapping[str, Any]) -> bool:
    return any("$ref" in each for each in said.get("anyOf", ()))


async def coroutines(stage: Stage) -> None:
    """Each hook is a coroutine function where the specification is one, and a plain function elsewhere."""
    for name, spec in vars(hookspecs).items():
        function = getattr(stage.plugin.module, name, None) if hasattr(spec, "group") else None
        if function is not None:
            wanted, found = iscoroutinefunction(spec), iscoroutinefunction(function)
            how = "async def" if wanted else "def"
            expect(wanted == found, f"{name} of {stage.name} must be written with `{how}`, as in hookspecs.py.")
