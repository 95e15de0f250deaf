"""The working sheet of one pricing: rows, what each still costs, and the adjustments made so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct, field

from ..types import (
    Adjustment,
    Allocation,
    LineKind,
    Phase,
    Policy,
    PricedLine,
    PriceLine,
    PriceRequest,
    ShippingQuote,
    TraceEntry,
)
from .proposals import Proposal


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


class Terms(Struct, frozen=True):
    """What a pricing goes by beside the request: policy, plugin versions, settings revisions, time slice."""

    policy: Policy
    versions: Mapping[str, str]
    revisions: Mapping[str, int]
    slice_seconds: int


class Sheet(Struct):
    """Lists go by row position, and bit i of a set of rows stands for row i. Stores are known by their id's integer.

    `running` is what is still to pay of each row, `balances` leaves tenders out, `used` counts the units
    that offers have used up, `bound` holds the applied discounts with the rows that they bind. `work` counts the
    rows that effects have gone through.
    """

    request: PriceRequest
    terms: Terms
    offers: dict[Phase, list[Proposal]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    quantity: list[int] = field(default_factory=list)
    running: list[int] = field(default_factory=list)
    balances: list[list[int]] = field(default_factory=list)
    included: list[int] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    bound: list[tuple[Proposal, int]] = field(default_factory=list)
    position: dict[str, int] = field(default_factory=dict)
    of_store: dict[int, int] = field(default_factory=dict)
    of_kind: dict[LineKind, int] = field(default_factory=dict)
    adjustments: list[Adjustment] = field(default_factory=list)
    trace: list[TraceEntry] = field(default_factory=list)
    inputs: list[ShippingQuote] = field(default_factory=list)
    work: int = 0

    def copy(self) -> Sheet:
        """Return a sheet that can be carried on without touching this one."""
        return Sheet(
            self.request,
            self.terms,
            self.offers,
            rows=list(self.rows),
            quantity=list(self.quantity),
            running=list(self.running),
            balances=[list(balances) for balances in self.balances],
            included=list(self.included),
            used=list(self.used),
            bound=list(self.bound),
            position=dict(self.position),
            of_store=dict(self.of_store),
            of_kind=dict(self.of_kind),
            adjustments=list(self.adjustments),
            trace=list(self.trace),
            inputs=self.inputs,
            work=self.work,
        )

    @property
    def all_rows(self) -> int:
        return (1 << len(self.rows)) - 1

    def kinds(self, kinds: Sequence[LineKind]) -> int:
        """Return the rows of these kinds."""
        mask = 0
        for kind in kinds:
            mask |= self.of_kind.get(kind, 0)
        return mask

    def scope(self, store_id: UUID | None) -> int:
        """Return the rows of a store; None: all."""
        return self.all_rows if store_id is None else self.of_store.get(store_id.int, 0)

    def add_row(self, row: Row, amount: int) -> None:
        bit, store = 1 << len(self.rows), row.store_id.int
        self.position[row.id] = len(self.rows)
        self.of_store[store] = self.of_store.get(store, 0) | bit
        self.of_kind[row.kind] = self.of_kind.get(row.kind, 0) | bit
        self.rows.append(row)
        self.quantity.append(row.quantity)
        self.running.append(amount)
        self.balances.append([amount])
        self.included.append(0)
        self.used.append(0)

    def adjust(self, changes: Mapping[int, int], **what: Any) -> Adjustment:
        """Record an adjustment that changes rows by signed amounts; `what` are the fields of `Adjustment`."""
        rows = self.rows
        adjustment = Adjustment(
            sequence=len(self.adjustments) + 1,
            plugin_version=self.terms.versions.get(what["plugin"], ""),
            amount=sum(changes.values()),
            allocations=tuple([Allocation(rows[i].id, change) for i, change in changes.items()]),
            **what,
        )
        pays, running = adjustment.phase is Phase.TENDER, self.running
        for i, change in changes.items():
            running[i] += change
            if not pays:
                self.balances[i].append(running[i])
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


def open_sheet(request: PriceRequest, terms: Terms) -> Sheet:
    """Return a sheet with the request's lines at list price.

    Raises ValueError on a quantity below one, a negative price, or a line id that occurs twice.
    """
    if len({line.id for line in request.lines}) < len(request.lines):
        raise ValueError("a line id occurs twice")
    sheet = Sheet(request, terms)
    for line in request.lines:
        if line.quantity < 1 or line.list_price < 0 or line.minimum_price < 0:
            raise ValueError(f"line {line.id}: the quantity must be positive and no price negative")
        sheet.add_row(goods_row(line), line.list_price * line.quantity)
    return sheet
