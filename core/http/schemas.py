"""The shapes that every domain's requests and answers share."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

T = TypeVar("T")

Texts = dict[
    Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")],
    Annotated[str, Meta(max_length=20_000)],
]
"""A text by language tag: `{"zh-CN": "保温杯", "en": "Thermos"}`."""

Amount = Annotated[int, Meta(ge=0, le=10**15)]
"""Minor units of the currency that the context names."""

Quantity = Annotated[int, Meta(ge=1, le=9999)]


class Body(Struct, forbid_unknown_fields=True, kw_only=True):
    """A request body: a field that is not declared is refused."""


class Page(Struct, Generic[T], kw_only=True):
    """One page of a list. `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None
