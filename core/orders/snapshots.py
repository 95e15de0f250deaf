"""Orders as plugins are shown them, from what is about to be written or from what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from ..snapshots import OrderLine, OrderSnapshot
from ..types import Adjustment, Allocation, Funder, LineKind, Phase
from . import queries
from .placing import NewAdjustment, NewLine, NewOrder
from .queries import AdjustmentRow, LineRow, OrderRow


def of_new(order: NewOrder) -> OrderSnapshot:
    """An order that is about to be written."""
    return _snapshot(
        order,
        [_line(line) for line in order.lines],
        [_adjustment(row, row.allocations) for row in order.adjustments],
    )


async def stored(order_ids: Sequence[UUID]) -> dict[UUID, OrderSnapshot]:
    """Orders of any store, by id: for facts and checks, which act for the mall. Four reads."""
    orders = await queries.orders(order_ids)
    lines, adjustments = await queries.lines(order_ids), await queries.adjustments(order_ids)
    parts: dict[UUID, list[tuple[UUID, int]]] = {}
    for part in await queries.allocations([row.id for row in adjustments]):
        parts.setdefault(part.adjustment_id, []).append((part.line_id, part.amount))
    return {
        order.id: _snapshot(
            order,
            [_line(line) for line in lines if line.order_id == order.id],
            [_adjustment(row, parts.get(row.id, [])) for row in adjustments if row.order_id == order.id],
        )
        for order in orders
    }


def _snapshot(order: NewOrder | OrderRow, lines: Iterable[OrderLine], own: Iterable[Adjustment]) -> OrderSnapshot:
    return OrderSnapshot(
        id=order.id,
        store_id=order.store_id,
        checkout_id=order.checkout_id,
        account_id=order.account_id,
        number=order.number,
        currency=order.currency,
        goods=order.goods,
        discounts=order.discounts,
        total=order.total,
        due=order.due,
        delivery_method=order.delivery_method,
        lines=tuple(lines),
        adjustments=tuple(own),
    )


def _line(line: NewLine | LineRow) -> OrderLine:
    return OrderLine(
        id=line.id,
        kind=LineKind(line.kind),
        quantity=line.quantity,
        list_price=line.list_price,
        total=line.total,
        sku_id=line.sku_id,
        product_id=line.product_id,
        extra=line.extra,
    )


def _adjustment(row: NewAdjustment | AdjustmentRow, parts: Iterable[tuple[UUID, int]]) -> Adjustment:
    return Adjustment(
        phase=Phase(row.phase),
        sequence=row.sequence,
        plugin=row.plugin,
        plugin_version=row.plugin_version,
        code=row.code,
        label=row.label,
        amount=row.amount,
        basis=row.basis,
        allocations=tuple(Allocation(str(line_id), amount) for line_id, amount in parts),
        store_id=row.scope_store_id,
        reference=row.reference,
        funder=Funder(row.funder),
        platform_share_ppm=row.platform_share_ppm,
        definition=row.definition,
    )
