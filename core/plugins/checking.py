"""What plugins register, held against what it may be, so that a mistake stops the start and names its plugin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..errors import PluginError
from ..storage.invariants import Invariant
from .metadata import Plugin
from .registration import Permission

LANGUAGES = ("zh-CN", "en")
"""The languages in which a label has to be there."""

_WORD = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST_CODE = 80


def permissions(plugin: Plugin, offered: Sequence[Any]) -> tuple[Permission, ...]:
    """Raises PluginError for what is no permission, a code of somebody else or that comes twice, a missing label."""
    _require_kind(plugin, offered, Permission)
    _require_distinct(plugin, "permission", [permission.code for permission in offered])
    for permission in offered:
        prefix, _, word = permission.code.partition(".")
        if prefix != plugin.name or not _WORD.fullmatch(word) or len(permission.code) > _LONGEST_CODE:
            raise PluginError(
                f"{plugin} registers the permission {permission.code!r}. "
                f"Call it {plugin.name}.<word>, the word in lower case."
            )
        missing = [language for language in LANGUAGES if not permission.label.get(language)]
        if missing:
            raise PluginError(
                f"{plugin}: the permission {permission.code} lacks a label in {', '.join(missing)}. Add it."
            )
    return tuple(offered)


def invariants(plugin: Plugin, offered: Sequence[Any]) -> tuple[Invariant, ...]:
    """The invariants, with the plugin's name before their own. Raises PluginError for what is none, or has no name."""
    _require_kind(plugin, offered, Invariant)
    _require_distinct(plugin, "invariant", [invariant.name for invariant in offered])
    for invariant in offered:
        if not invariant.name or not invariant.sql:
            raise PluginError(f"{plugin} registers an invariant without a name or without SQL. Give it both.")
    return tuple(replace(invariant, name=f"{plugin.name}: {invariant.name}") for invariant in offered)


def _require_kind(plugin: Plugin, offered: Iterable[Any], kind: type[Struct]) -> None:
    for one in offered:
        try:
            msgspec.convert(msgspec.to_builtins(one) if type(one) is kind else one, kind)
        except (TypeError, msgspec.ValidationError) as error:
            raise PluginError(
                f"{plugin} registers {one!r}, which is no {kind.__name__}: {error}. Update it."
            ) from error


def _require_distinct(plugin: Plugin, what: str, names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise PluginError(f"{plugin} registers the {what} {repeated[0]!r} twice. Remove one of them.")
