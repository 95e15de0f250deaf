"""Tenders (points, gift cards, balance) are repaid by order, not by unit: the last one used first, each to the end.

A repayment lies on the lines that the tender paid for, in proportion to what is left of it on each, so all
repayments together take back exactly what each line's part of each tender was. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from ..pricing.arithmetic import largest_remainder

TENDER = 8
"""The phase of tenders, which are no part of a line's balances."""


class Tender(Struct, frozen=True, kw_only=True):
    """A tender of an order. `remaining` is what is not repaid yet, for each of `line_ids`, by line position."""

    id: UUID
    plugin: str
    code: str
    reference: str | None
    scope_store_id: UUID | None
    line_ids: Sequence[UUID]
    remaining: Sequence[int]

    @property
    def left(self) -> int:
        return sum(self.remaining)


class Repaid(Struct, frozen=True, kw_only=True):
    """What a refund gives back of one tender: minor units, above zero. `adjustment_id` is the tender's own row."""

    adjustment_id: UUID
    plugin: str
    code: str
    reference: str | None
    scope_store_id: UUID | None
    amount: int
    parts: Mapping[UUID, int]


def repayments(tenders: Sequence[Tender], amounts: Sequence[int]) -> tuple[Repaid, ...]:
    """Lay each amount (at most what is left of its tender) on that tender's lines; leave out those of nothing."""
    return tuple(_repaid(tender, amount) for tender, amount in zip(tenders, amounts, strict=True) if amount)


def _repaid(tender: Tender, amount: int) -> Repaid:
    parts = zip(tender.line_ids, largest_remainder(amount, tender.remaining), strict=True)
    return Repaid(
        adjustment_id=tender.id,
        plugin=tender.plugin,
        code=tender.code,
        reference=tender.reference,
        scope_store_id=tender.scope_store_id,
        amount=amount,
        parts={line_id: part for line_id, part in parts if part},
    )
