"""Writing orders down: any number of them, with lines, adjustments and history, by a handful of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import asdict

from ..ids import new_id
from ..storage import bulk


class NewLine(Struct, frozen=True, kw_only=True):
    """A priced row. `key` is the row's id in the quote, by which allocations name it."""

    id: UUID
    key: str
    kind: str
    position: int
    product_id: UUID | None
    sku_id: UUID | None
    location_id: UUID | None
    sku_code: str
    name: Mapping[str, str]
    options: Mapping[str, str]
    extra: Mapping[str, Any]
    quantity: int
    list_price: int
    price_revision: int
    included_tax: int
    total: int
    balances: Sequence[int]


class NewAdjustment(Struct, frozen=True, kw_only=True):
    """An order's share of an applied adjustment; `allocations` are (line id, signed amount)."""

    phase: int
    sequence: int
    plugin: str
    plugin_version: str
    code: str
    label: str
    scope_store_id: UUID | None
    reference: str | None
    definition: Mapping[str, Any]
    basis: int
    amount: int
    funder: str
    platform_share_ppm: int
    allocations: Sequence[tuple[UUID, int]]


class NewOrder(Struct, frozen=True, kw_only=True):
    """One store's order of a checkout, priced. Amounts are minor units of `currency`."""

    id: UUID
    store_id: UUID
    number: str
    account_id: UUID
    checkout_id: UUID
    currency: str
    goods: int
    discounts: int
    shipping: int
    fees: int
    tax: int
    total: int
    tenders: int
    due: int
    address: Mapping[str, Any] | None
    delivery_method: str
    location_id: UUID | None
    remark: str
    lines: Sequence[NewLine]
    adjustments: Sequence[NewAdjustment]


async def insert(orders: Sequence[NewOrder], now: datetime) -> None:
    """Write the orders in state `placed`, inside the caller's transaction."""
    await bulk.insert("shop_order", [_order_row(order, now) for order in orders])
    await bulk.insert("order_line", [_line_row(order, line) for order in orders for line in order.lines])
    adjustments = [(new_id(), order, adjustment) for order in orders for adjustment in order.adjustments]
    await bulk.insert("order_adjustment", [_adjustment_row(*entry) for entry in adjustments])
    await bulk.insert("adjustment_allocation", [row for entry in adjustments for row in _allocation_rows(*entry)])
    await bulk.insert("order_history", [_history_row(order, now) for order in orders])


def _order_row(order: NewOrder, now: datetime) -> dict[str, Any]:
    row = asdict(order)
    del row["lines"], row["adjustments"]
    return row | {"state": "placed", "placed_at": now, "extra": {}}


def _line_row(order: NewOrder, line: NewLine) -> dict[str, Any]:
    row = asdict(line)
    del row["key"]
    return row | {"order_id": order.id, "store_id": order.store_id}


def _adjustment_row(identity: UUID, order: NewOrder, adjustment: NewAdjustment) -> dict[str, Any]:
    row = asdict(adjustment)
    del row["allocations"]
    return row | {"id": identity, "order_id": order.id, "store_id": order.store_id}


def _allocation_rows(identity: UUID, order: NewOrder, adjustment: NewAdjustment) -> list[dict[str, Any]]:
    return [
        {"id": new_id(), "store_id": order.store_id, "adjustment_id": identity, "line_id": line_id, "amount": amount}
        for line_id, amount in adjustment.allocations
    ]


def _history_row(order: NewOrder, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "store_id": order.store_id,
        "order_id": order.id,
        "kind": "placed",
        "from_state": "",
        "to_state": "placed",
        "actor": "shopper",
        "actor_id": order.account_id,
        "data": {},
        "created_at": now,
    }
