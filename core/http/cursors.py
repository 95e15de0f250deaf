"""Opaque cursors: the sort key of the last row seen, so that a page never skips or repeats a row that stayed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from ..errors import Invalid
from .schemas import Page

R = TypeVar("R")
V = TypeVar("V")
K = TypeVar("K")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


def encode(key: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode(cursor: str | None, shape: type[K]) -> K | None:
    """The key inside a cursor, as `shape`. Raises Invalid (`invalid_cursor`) when it is not one of ours."""
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=shape)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Invalid("This cursor is not one that this list has given out.", code="invalid_cursor") from error


def page(rows: Sequence[R], limit: int, key: Callable[[R], object], view: Callable[[R], V]) -> Page[V]:
    """Make a page of rows that were read with `LIMIT limit + 1`."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(items=[view(row) for row in shown], next_cursor=encode(key(shown[-1])) if more else None)
