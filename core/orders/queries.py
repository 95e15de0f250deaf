"""Reads of orders. Staff reads name their store, shoppers' reads their account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..storage import db
from .tenders import TENDER, Tender


class OrderRow(Struct, frozen=True, kw_only=True):
    id: UUID
    store_id: UUID
    number: str
    account_id: UUID
    checkout_id: UUID
    state: str
    currency: str
    goods: int
    discounts: int
    shipping: int
    fees: int
    tax: int
    total: int
    tenders: int
    due: int
    refunded: int
    address: Mapping[str, Any] | None
    delivery_method: str
    location_id: UUID | None
    remark: str
    placed_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str


class LineRow(Struct, frozen=True, kw_only=True):
    id: UUID
    order_id: UUID
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
    total: int
    included_tax: int
    balances: list[int]
    shipped: int
    cancelled: int
    refunded: int


class AdjustmentRow(Struct, frozen=True, kw_only=True):
    id: UUID
    order_id: UUID
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


class AllocationRow(Struct, frozen=True, kw_only=True):
    adjustment_id: UUID
    line_id: UUID
    amount: int


class ParcelRow(Struct, frozen=True, kw_only=True):
    id: UUID
    order_id: UUID
    carrier: str
    tracking_number: str
    shipped_at: datetime
    received_at: datetime | None
    lines: list[Mapping[str, Any]]


class RefundRow(Struct, frozen=True, kw_only=True):
    id: UUID
    order_id: UUID
    number: str
    amount: int
    money: int
    tenders: int
    reason: str
    restock: bool
    state: str
    created_at: datetime
    settled_at: datetime | None
    lines: list[Mapping[str, Any]]


class HistoryRow(Struct, frozen=True, kw_only=True):
    order_id: UUID
    kind: str
    from_state: str
    to_state: str
    actor: str
    actor_id: UUID | None
    data: Mapping[str, Any]
    created_at: datetime


_ORDER = f"SELECT {', '.join(OrderRow.__struct_fields__)} FROM shop_order "  # noqa: S608  names from this module
_LINE = f"SELECT {', '.join(LineRow.__struct_fields__)} FROM order_line "  # noqa: S608
_ADJUSTMENT = f"SELECT {', '.join(AdjustmentRow.__struct_fields__)} FROM order_adjustment "  # noqa: S608
_PARCEL = """
SELECT p.id, p.order_id, p.carrier, p.tracking_number, p.shipped_at, p.received_at,
       (SELECT jsonb_agg(jsonb_build_object('line_id', l.line_id, 'quantity', l.quantity) ORDER BY l.line_id)
        FROM parcel_line l WHERE l.parcel_id = p.id) AS lines
FROM parcel p WHERE p.order_id = ANY ($1::uuid[]) ORDER BY p.id
"""
_REFUND = """
SELECT r.id, r.order_id, r.number, r.amount, r.money, r.tenders, r.reason, r.restock, r.state, r.created_at,
       r.settled_at,
       (SELECT jsonb_agg(jsonb_build_object('line_id', l.line_id, 'quantity', l.quantity, 'amount', l.amount)
                         ORDER BY l.line_id)
        FROM refund_line l WHERE l.refund_id = r.id) AS lines
FROM order_refund r WHERE r.order_id = ANY ($1::uuid[]) ORDER BY r.id
"""
_TENDERS = """
SELECT t.id, t.plugin, t.code, t.reference, t.scope_store_id,
       array_agg(p.line_id ORDER BY p.position) AS line_ids, array_agg(p.remaining ORDER BY p.position) AS remaining
FROM order_adjustment t CROSS JOIN LATERAL (
  SELECT l.id AS line_id, l.position, -sum(p.amount)::bigint AS remaining
  FROM order_adjustment a JOIN adjustment_allocation p ON p.adjustment_id = a.id JOIN order_line l ON l.id = p.line_id
  WHERE a.order_id = t.order_id AND (a.id = t.id OR a.reverses = t.id) GROUP BY l.id) p
WHERE t.store_id = $1 AND t.order_id = $2 AND t.phase = $3 AND t.reverses IS NULL
GROUP BY t.id ORDER BY t.sequence
"""
_HISTORY = """
SELECT order_id, kind, from_state, to_state, actor, actor_id, data, created_at FROM order_history
WHERE order_id = $1 ORDER BY created_at, id
"""


class Filter(Struct, frozen=True, kw_only=True):
    """What a list of orders is narrowed to; `before` is the id of the last order seen (newest first)."""

    state: str | None = None
    number: str | None = None
    before: UUID | None = None
    limit: int = 20


async def of_account(account_id: UUID, wanted: Filter) -> list[OrderRow]:
    """One row more than `limit`, so that the caller sees whether there are others."""
    return await _page("account_id", account_id, wanted)


async def of_store(store_id: UUID, wanted: Filter) -> list[OrderRow]:
    return await _page("store_id", store_id, wanted)


async def _page(owner: str, owner_id: UUID, wanted: Filter) -> list[OrderRow]:
    sql = (
        f"{_ORDER} WHERE {owner} = $1 AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR number = $3) "
        "AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5"
    )
    return await db.rows(OrderRow, sql, owner_id, wanted.state, wanted.number, wanted.before, wanted.limit + 1)


async def account_order(account_id: UUID, order_id: UUID) -> OrderRow | None:
    return await db.row(OrderRow, _ORDER + "WHERE id = $1 AND account_id = $2", order_id, account_id)


async def store_order(store_id: UUID, order_id: UUID) -> OrderRow | None:
    return await db.row(OrderRow, _ORDER + "WHERE id = $1 AND store_id = $2", order_id, store_id)


async def lock_store_order(store_id: UUID, order_id: UUID) -> OrderRow | None:
    """The order, locked until the transaction ends: whoever ships or refunds it waits."""
    return await db.row(OrderRow, _ORDER + "WHERE id = $1 AND store_id = $2 FOR UPDATE", order_id, store_id)


async def orders(order_ids: Sequence[UUID]) -> list[OrderRow]:
    """Orders of any store: for facts and checks, which act for the mall."""
    return await db.rows(OrderRow, _ORDER + "WHERE id = ANY ($1::uuid[]) ORDER BY id", list(order_ids))


async def checkout_orders(checkout_id: UUID) -> list[OrderRow]:
    return await db.rows(OrderRow, _ORDER + "WHERE checkout_id = $1 ORDER BY id", checkout_id)


async def lines(order_ids: Sequence[UUID]) -> list[LineRow]:
    return await db.rows(
        LineRow, _LINE + "WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id, position", list(order_ids)
    )


async def adjustments(order_ids: Sequence[UUID]) -> list[AdjustmentRow]:
    """The applied ones, without the reversals of refunds."""
    where = "WHERE order_id = ANY ($1::uuid[]) AND refund_id IS NULL ORDER BY order_id, sequence"
    return await db.rows(AdjustmentRow, _ADJUSTMENT + where, list(order_ids))


async def allocations(adjustment_ids: Sequence[UUID]) -> list[AllocationRow]:
    return await db.rows(
        AllocationRow,
        "SELECT adjustment_id, line_id, amount FROM adjustment_allocation WHERE adjustment_id = ANY ($1::uuid[])",
        list(adjustment_ids),
    )


async def tenders(store_id: UUID, order_id: UUID) -> list[Tender]:
    """An order's tenders in the order in which they were used, with what is left of each after earlier refunds."""
    return await db.rows(Tender, _TENDERS, store_id, order_id, TENDER)


async def parcels(order_ids: Sequence[UUID]) -> list[ParcelRow]:
    return await db.rows(ParcelRow, _PARCEL, list(order_ids))


async def refunds(order_ids: Sequence[UUID]) -> list[RefundRow]:
    return await db.rows(RefundRow, _REFUND, list(order_ids))


async def history(order_id: UUID) -> list[HistoryRow]:
    return await db.rows(HistoryRow, _HISTORY, order_id)
