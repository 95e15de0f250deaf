"""Phase 7: tax per row, included in the price or added to it, rounded half-up once a row."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ..types import Phase, TaxRow
from .arithmetic import included_in, percent_of
from .sheet import Sheet

_Group = tuple[str, str, str, int, UUID]


def apply_taxes(sheet: Sheet, taxes: Sequence[TaxRow]) -> None:
    """Note included taxes on their rows and add the others, one adjustment per tax, rate and store.

    Every tax of a row is measured on what the row cost before any of them. Raises ValueError on an unknown
    row or a negative rate.
    """
    position = sheet.position
    for tax in taxes:
        if tax.line_id not in position or tax.rate_ppm < 0:
            raise ValueError(f"tax of {tax.rate_ppm} ppm on row {tax.line_id!r} by {tax.plugin}")
    _note_included(sheet, [(position[tax.line_id], tax.rate_ppm) for tax in taxes if tax.included])
    _add(sheet, [(position[tax.line_id], tax) for tax in taxes if not tax.included])


def _note_included(sheet: Sheet, rates: list[tuple[int, int]]) -> None:
    by_row: dict[int, int] = {}
    for i, rate in rates:
        by_row[i] = by_row.get(i, 0) + rate
    for i, rate in by_row.items():
        sheet.included[i] = included_in(sheet.running[i], rate, rate)


def _add(sheet: Sheet, taxes: list[tuple[int, TaxRow]]) -> None:
    bases = list(sheet.running)
    groups: dict[_Group, dict[int, int]] = {}
    for i, tax in taxes:
        key = (tax.plugin, tax.code, tax.label, tax.rate_ppm, sheet.rows[i].store_id)
        changes = groups.setdefault(key, {})
        changes[i] = changes.get(i, 0) + percent_of(bases[i], tax.rate_ppm)
    for key in sorted(groups):
        plugin, code, label, rate_ppm, store_id = key
        changes = {i: change for i, change in sorted(groups[key].items()) if change}
        if changes:
            sheet.adjust(
                changes,
                phase=Phase.TAX,
                plugin=plugin,
                code=code,
                label=label,
                store_id=store_id,
                basis=sum(bases[i] for i in groups[key]),
                definition={"rate_ppm": rate_ppm},
            )
