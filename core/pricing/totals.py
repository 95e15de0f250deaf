"""The totals of a quote, per store and overall, added up from the rows."""

from __future__ import annotations

from uuid import UUID

from ..types import LineKind, Phase, StoreTotals, Totals
from .sheet import Sheet

_PART = {LineKind.GOODS: "goods", LineKind.SHIPPING: "shipping", LineKind.FEE: "fees"}
_NAMES = ("goods", "discounts", "shipping_discounts", "shipping", "fees", "tax", "tenders")


def store_totals(sheet: Sheet) -> tuple[StoreTotals, ...]:
    """Return one entry a store, in the order in which the stores first occur."""
    stores = {row.store_id.int: row.store_id for row in sheet.rows}
    sums = {store: dict.fromkeys(_NAMES, 0) for store in stores}
    for row, balances, left in zip(sheet.rows, sheet.balances, sheet.running, strict=True):
        parts = sums[row.store_id.int]
        parts[_PART[row.kind]] += balances[0]
        _discount(parts, row.kind, balances[0] - balances[-1])
        parts["tenders"] += balances[-1] - left
    for adjustment in sheet.adjustments:
        for allocation in adjustment.allocations if adjustment.phase is Phase.TAX else ():
            row = sheet.rows[sheet.position[allocation.line_id]]
            parts = sums[row.store_id.int]
            parts["tax"] += allocation.amount
            _discount(parts, row.kind, allocation.amount)
    return tuple([_close(store_id, sums[store]) for store, store_id in stores.items()])


def _discount(parts: dict[str, int], kind: LineKind, amount: int) -> None:
    parts["discounts"] += amount
    if kind is LineKind.SHIPPING:
        parts["shipping_discounts"] += amount


def sum_totals(stores: tuple[StoreTotals, ...]) -> Totals:
    """Return the sum over the stores."""
    names = (*_NAMES, "total", "due")
    return Totals(**{name: sum(getattr(store, name) for store in stores) for name in names})


def _close(store_id: UUID, parts: dict[str, int]) -> StoreTotals:
    total = parts["goods"] - parts["discounts"] + parts["shipping"] + parts["fees"] + parts["tax"]
    return StoreTotals(store_id=store_id, total=total, due=total - parts["tenders"], **parts)
