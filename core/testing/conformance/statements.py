"""The SQL that is run, whoever runs it, and whether a statement names its store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from asyncpg import Record

from ...storage.engine import Connection

Method = Callable[..., Any]

_READING = ("fetch", "fetchrow", "fetchval")
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

    def noting(kept: Method) -> Method:
        def call(self: Connection, query: str, *args: Any, **options: Any) -> Any:
            seen.append(query)
            return kept(self, query, *args, **options)

        return call

    with _wrapped(_METHODS, noting):
        yield seen


@contextmanager
def answered() -> Iterator[list[tuple[str, Any]]]:
    """Collect what statements return, with their text."""
    seen: list[tuple[str, Any]] = []

    def noting(kept: Method) -> Method:
        async def call(self: Connection, query: str, *args: Any, **options: Any) -> Any:
            answer = await kept(self, query, *args, **options)
            seen.append((query, answer))
            return answer

        return call

    with _wrapped(_READING, noting):
        yield seen


@contextmanager
def _wrapped(names: Sequence[str], wrap: Callable[[Method], Method]) -> Iterator[None]:
    """Pooled connections look their methods up in the class, so that wrapping them there reaches all."""
    for name in names:
        setattr(Connection, name, wrap(getattr(Connection, name)))
    try:
        yield
    finally:
        for name in names:
            delattr(Connection, name)


def values_of(answer: Any) -> set[str]:
    """Every value that a statement returned, as text."""
    rows = answer if isinstance(answer, list) else [answer]
    return {str(value) for row in rows for value in (row.values() if isinstance(row, Record) else [row])}


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
