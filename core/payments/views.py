"""Rows as the API's structs."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct

from ..types import Money
from . import queries, rules
from .queries import AttemptRow, CaptureRow, LedgerRow, PaymentRow, RefundRow
from .schemas import (
    AttemptRecord,
    AttemptView,
    CaptureRecord,
    LedgerRecord,
    PaymentRecord,
    PaymentSummary,
    PaymentView,
    RefundRecord,
    RefundView,
)

V = TypeVar("V", bound=Struct)

_MONEY = frozenset({"amount", "captured", "refunded"})


def _as(shape: type[V], row: Any, **more: Any) -> V:
    """The fields of `shape` from a row, amounts with the row's currency."""
    fields = [name for name in shape.__struct_fields__ if name not in more]
    values = {name: getattr(row, name) for name in fields}
    values |= {name: Money(values[name], row.currency) for name in _MONEY & values.keys()}
    return shape(**values, **more)


def attempt(row: AttemptRow) -> AttemptView:
    return _as(AttemptView, row)


def refund(row: RefundRow) -> RefundRecord:
    return _as(RefundRecord, row)


def entry(row: LedgerRow) -> LedgerRecord:
    return _as(LedgerRecord, row)


def summary(row: PaymentRow) -> PaymentSummary:
    return _as(PaymentSummary, row)


async def of_shopper(row: PaymentRow) -> PaymentView:
    """A payment as its shopper sees it."""
    due = row.amount - row.captured if row.state in rules.OPEN_STATES else 0
    return _as(
        PaymentView,
        row,
        due=Money(due, row.currency),
        attempts=[attempt(made) for made in await queries.attempts(row.id)],
        refunds=[_as(RefundView, made) for made in await queries.payment_refunds(row.id)],
    )


async def of_operator(row: PaymentRow) -> PaymentRecord:
    """A payment with everything that was recorded of it."""
    return _as(
        PaymentRecord,
        row,
        attempts=[_as(AttemptRecord, made) for made in await queries.attempts(row.id)],
        captures=[_capture(made) for made in await queries.captures(row.id)],
        refunds=[refund(made) for made in await queries.payment_refunds(row.id)],
        ledger=[entry(made) for made in await queries.payment_ledger(row.id)],
    )


def _capture(row: CaptureRow) -> CaptureRecord:
    return _as(CaptureRecord, row)
