"""The totals of a quote, per store and overall, added up from rows and allocations."""

from __future__ import annotations

from uuid import UUID

from ..types import LineKind, Phase, StoreTotals, Totals
from .sheet import Sheet

_PART = {LineKind.GOODS: "goods", LineKind.SHIPPING: "shipping", LineKind.FEE: "fees"}
_NAMES = ("goods", "discounts", "shipping", "fees", "tax", "tenders")


def store_totals(sheet: Sheet) -> tuple[StoreTotals, ...]:
    """Return one entry a store, in the order in which the stores first occur."""
    stores = {store_id: dict.fromkeys(_NAMES, 0) for store_id in sheet.of_store}
    sums = {row.id: stores[row.store_id] for row in sheet.rows}
    for row, balances in zip(sheet.rows, sheet.balances, strict=True):
        sums[row.id][_PART[row.kind]] += balances[0]
    for adjustment in sheet.adjustments:
        name, sign = _side(adjustment.phase)
        for allocation in adjustment.allocations:
            sums[allocation.line_id][name] += sign * allocation.amount
    return tuple(_close(store_id, parts) for store_id, parts in stores.items())


def sum_totals(stores: tuple[StoreTotals, ...]) -> Totals:
    """Return the sum over the stores."""
    names = (*_NAMES, "total", "due")
    return Totals(**{name: sum(getattr(store, name) for store in stores) for name in names})


def _side(phase: Phase) -> tuple[str, int]:
    if phase is Phase.TAX:
        return "tax", 1
    return ("tenders", -1) if phase is Phase.TENDER else ("discounts", -1)


def _close(store_id: UUID, parts: dict[str, int]) -> StoreTotals:
    total = parts["goods"] - parts["discounts"] + parts["shipping"] + parts["fees"] + parts["tax"]
    return StoreTotals(store_id=store_id, total=total, due=total - parts["tenders"], **parts)
