"""Limits, and the lines that count under them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol
from uuid import UUID

from msgspec import Struct

from .hours import Period


class Limit(Struct, frozen=True, kw_only=True):
    """At most `quantity` units of a SKU, or of all SKUs of a product, for each shopper in each period."""

    id: UUID
    sku_id: UUID | None
    product_id: UUID | None
    period: Period
    quantity: int

    @property
    def target(self) -> UUID | None:
        return self.sku_id or self.product_id


class Limits:
    """A store's limits, found by SKU and by product."""

    def __init__(self, rows: Iterable[Limit]) -> None:
        self._of: dict[UUID | None, list[Limit]] = {}
        for row in rows:
            self._of.setdefault(row.target, []).append(row)

    def __bool__(self) -> bool:
        return bool(self._of)

    def of(self, line: Line) -> list[Limit]:
        """The limits that a line's units count under."""
        found = self._of.get(line.sku_id, []) if line.sku_id else []
        return [*found, *(self._of.get(line.product_id, []) if line.product_id else [])]


class Line(Protocol):
    """A line of a cart or of an order; rows that are no goods have neither SKU nor product."""

    @property
    def sku_id(self) -> UUID | None: ...
    @property
    def product_id(self) -> UUID | None: ...
    @property
    def quantity(self) -> int: ...


class Piece(NamedTuple):
    """The units of one line that count under a limit."""

    limit: Limit
    line_id: str
    quantity: int


def pieces(limits: Limits, lines: Iterable[tuple[str, Line]]) -> list[Piece]:
    """What of these lines, by their id, counts under which limit."""
    return [Piece(limit, line_id, line.quantity) for line_id, line in lines for limit in limits.of(line)]
