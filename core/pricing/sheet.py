"""The working sheet of one pricing: rows, what each still costs, and the adjustments made so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct, field

from ..types import (
    Adjustment,
    Allocation,
    LineKind,
    Phase,
    PricedLine,
    PriceLine,
    PriceRequest,
    TraceEntry,
)


class Row(Struct, frozen=True):
    """What never changes of a row. `floor` is the least that discounts may leave of it."""

    id: str
    store_id: UUID
    kind: LineKind
    quantity: int
    floor: int = 0
    sku_id: UUID | None = None
    plugin: str = ""
    code: str = ""
    label: str = ""
    reference: str | None = None


class Sheet(Struct):
    """`running` is what is still to pay of each row; `balances` leaves tenders out. Both go by row position."""

    request: PriceRequest
    versions: Mapping[str, str]
    revisions: Mapping[str, int]
    slice_seconds: int
    rows: list[Row] = field(default_factory=list)
    running: list[int] = field(default_factory=list)
    balances: list[list[int]] = field(default_factory=list)
    included: list[int] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    trace: list[TraceEntry] = field(default_factory=list)
    inputs: tuple[Any, ...] = ()

    def copy(self) -> Sheet:
        """Return a sheet that can be carried on without touching this one."""
        return Sheet(
            self.request,
            self.versions,
            self.revisions,
            self.slice_seconds,
            rows=list(self.rows),
            running=list(self.running),
            balances=[list(balances) for balances in self.balances],
            included=list(self.included),
            adjustments=list(self.adjustments),
            trace=list(self.trace),
            inputs=self.inputs,
        )

    def add_row(self, row: Row, amount: int) -> None:
        self.rows.append(row)
        self.running.append(amount)
        self.balances.append([amount])
        self.included.append(0)

    def adjust(self, changes: Mapping[int, int], **what: Any) -> Adjustment:
        """Record an adjustment that changes rows by signed amounts; `what` are the fields of `Adjustment`."""
        adjustment = Adjustment(
            sequence=len(self.adjustments) + 1,
            plugin_version=self.versions.get(what["plugin"], ""),
            amount=sum(changes.values()),
            allocations=tuple(Allocation(self.rows[i].id, change) for i, change in changes.items()),
            **what,
        )
        for i, change in changes.items():
            self.running[i] += change
            if adjustment.phase is not Phase.TENDER:
                self.balances[i].append(self.running[i])
        self.adjustments.append(adjustment)
        return adjustment

    def priced(self) -> tuple[PricedLine, ...]:
        """Return the rows as they stand."""
        return tuple(
            PricedLine(
                id=row.id,
                store_id=row.store_id,
                kind=row.kind,
                quantity=row.quantity,
                balances=tuple(self.balances[i]),
                sku_id=row.sku_id,
                included_tax=self.included[i],
                plugin=row.plugin,
                code=row.code,
                label=row.label,
                reference=row.reference,
            )
            for i, row in enumerate(self.rows)
        )


def goods_row(line: PriceLine) -> Row:
    floor = line.minimum_price * line.quantity
    return Row(line.id, line.store_id, LineKind.GOODS, line.quantity, floor, line.sku_id)


def open_sheet(
    request: PriceRequest, versions: Mapping[str, str], revisions: Mapping[str, int], slice_seconds: int
) -> Sheet:
    """Return a sheet with the request's lines at list price.

    Raises ValueError on a quantity below one, a negative price, or a line id that occurs twice.
    """
    if len({line.id for line in request.lines}) < len(request.lines):
        raise ValueError("a line id occurs twice")
    sheet = Sheet(request, versions, revisions, slice_seconds)
    for line in request.lines:
        if line.quantity < 1 or line.list_price < 0 or line.minimum_price < 0:
            raise ValueError(f"line {line.id}: the quantity must be positive and no price negative")
        sheet.add_row(goods_row(line), line.list_price * line.quantity)
    return sheet
