"""The API document as one store has it: without the operations of plugins that are not on there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ..plugins.metadata import Scope
from .etag import tag_of
from .mounting import owner_of

MOST = 64
"""Documents that are kept, each of some hundred kilobytes."""

_SCHEMAS = "#/components/schemas/"

On = Mapping[Scope, frozenset[str]]
"""The plugins that are on in a store, and for the mall."""


class Document(Struct, frozen=True):
    """A document as it is sent, with its entity tag, which is equal in all processes that have the same plugins."""

    body: bytes
    tag: str


class Documents:
    """Made of `whole`, which builds the combined document. Kept by what they depend on: which plugins are on."""

    def __init__(self, whole: Callable[[], dict[str, Any]]) -> None:
        self._whole = whole
        self._combined: dict[str, Any] | None = None
        self._kept: OrderedDict[tuple[frozenset[str], frozenset[str]], Document] = OrderedDict()

    def combined(self) -> dict[str, Any]:
        """The document of all installed plugins, built at the first use."""
        if self._combined is None:
            self._combined = self._whole()
        return self._combined

    def of(self, plugins: Mapping[str, Any], on: On) -> Document:
        """The document of a store, of all the installed `plugins` those that are on."""
        key = (on["store"], on["mall"])
        if key not in self._kept:
            body = msgspec.json.encode(narrowed(self.combined(), plugins, on))
            self._kept[key] = Document(body, tag_of(body))
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def narrowed(document: Mapping[str, Any], plugins: Mapping[str, Any], on: On) -> dict[str, Any]:
    """The document with the operations of core and of plugins that are on, and the shapes that these use."""
    paths = {path: item for path, item in document["paths"].items() if _is_on(path, plugins, on)}
    found = {**document, "paths": paths}
    if "tags" in document:
        used = {tag for item in paths.values() for operation in item.values() for tag in _tags(operation)}
        found["tags"] = [tag for tag in document["tags"] if tag["name"] in used]
    components = document.get("components", {})
    if "schemas" in components:
        used = _reachable(paths, components["schemas"])
        kept = {name: schema for name, schema in components["schemas"].items() if name in used}
        found["components"] = {**components, "schemas": kept}
    return found


def _is_on(path: str, plugins: Mapping[str, Any], on: On) -> bool:
    found = owner_of(path, {name: name for name in plugins})
    return found is None or found[0] in on[found[1]]


def _tags(operation: Any) -> list[str]:
    return operation.get("tags", []) if isinstance(operation, dict) else []


def _reachable(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting = list(_references(paths))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(schemas.get(name))
    return found


def _references(value: Any) -> Iterator[str]:
    """The names of the schemas that a part of the document refers to, wherever it does."""
    if isinstance(value, str):
        if value.startswith(_SCHEMAS):
            yield value.removeprefix(_SCHEMAS)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _references(inner)
