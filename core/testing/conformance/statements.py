"""The SQL that is run, whoever runs it, and whether a statement names its store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...storage.engine import Connection

_METHODS = ("fetch", "fetchrow", "fetchval", "fetchmany", "execute", "executemany", "prepare", "cursor")
_TEXTS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_RETURNED = re.compile(r"\breturning\b[^()]*(?:\([^()]*\)[^()]*)*", re.IGNORECASE)
_CONDITIONS = re.compile(r"\b(?:where|on|using)\b", re.IGNORECASE)
_INSERT = re.compile(r"\binsert\s+into\b", re.IGNORECASE)
_STORE = re.compile(r"\bstore_id\b")


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Collect the text of every statement that this process sends while the block is open, on all connections."""
    seen: list[str] = []
    for name in _METHODS:
        setattr(Connection, name, _noting(name, seen))
    try:
        yield seen
    finally:
        for name in _METHODS:
            delattr(Connection, name)


def _noting(name: str, seen: list[str]) -> Callable[..., Any]:
    kept = getattr(Connection, name)

    def call(self: Connection, query: str, *args: Any, **options: Any) -> Any:
        seen.append(query)
        return kept(self, query, *args, **options)

    return call


def touches(sql: str, tables: Sequence[str]) -> bool:
    """Whether a statement is about one of these tables."""
    plain = _TEXTS.sub("''", sql)
    return any(re.search(rf'(?<!\w)"?{re.escape(table)}"?(?!\w)', plain) for table in tables)


def names_its_store(sql: str) -> bool:
    """Whether `store_id` is among what a statement inserts, or in its conditions."""
    plain = _TEXTS.sub("''", sql)
    if _INSERT.search(plain):
        return _STORE.search(plain) is not None
    condition = _CONDITIONS.search(plain := _RETURNED.sub("", plain))
    return condition is not None and _STORE.search(plain, condition.end()) is not None
