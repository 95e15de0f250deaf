"""From rows to what the API shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ..http.locale import text_of
from ..stores import queries as stores
from ..stores.queries import StoreRow
from ..types import Money
from . import queries
from .queries import AdjustmentRow, HistoryRow, LineRow, OrderRow, ParcelRow, RefundRow
from .schemas import (
    AdjustmentView,
    HistoryView,
    OrderLineView,
    OrderSummary,
    OrderView,
    ParcelView,
    RefundView,
    StoreView,
)

_AMOUNTS = ("goods", "discounts", "shipping", "fees", "tax", "total", "tenders", "due", "refunded")
_PLAIN = (
    "id", "number", "checkout_id", "state", "address", "delivery_method", "location_id", "remark", "placed_at",
    "paid_at", "completed_at", "cancelled_at", "cancel_reason",
)  # fmt: skip


async def summaries(orders: Sequence[OrderRow], locale: str) -> dict[UUID, OrderSummary]:
    found = await stores.stores_by_ids(list({order.store_id for order in orders})) if orders else {}
    return {order.id: _summary(order, found, locale) for order in orders}


async def full(order: OrderRow, locale: str, *, for_staff: bool = False) -> OrderView:
    """Six reads, each by the order's id, which the caller has read under its own account or store."""
    found = await stores.stores_by_ids([order.store_id])
    amounts: dict[str, Any] = {name: Money(getattr(order, name), order.currency) for name in _AMOUNTS}
    return OrderView(
        **{name: getattr(order, name) for name in _PLAIN},
        **amounts,
        store=_store(found[order.store_id], locale),
        lines=[_line(row, order.currency, locale) for row in await queries.lines([order.id])],
        adjustments=[_adjustment(row, order.currency) for row in await queries.adjustments([order.id])],
        parcels=[_parcel(row) for row in await queries.parcels([order.id])],
        refunds=[refund_view(row, order.currency) for row in await queries.refunds([order.id])],
        history=[_history(row) for row in await queries.history(order.id)],
        buyer_id=order.account_id if for_staff else None,
    )


def _summary(order: OrderRow, found: Mapping[UUID, StoreRow], locale: str) -> OrderSummary:
    return OrderSummary(
        id=order.id,
        number=order.number,
        store=_store(found[order.store_id], locale),
        checkout_id=order.checkout_id,
        state=order.state,
        total=Money(order.total, order.currency),
        due=Money(order.due, order.currency),
        refunded=Money(order.refunded, order.currency),
        placed_at=order.placed_at,
    )


def _store(store: StoreRow, locale: str) -> StoreView:
    return StoreView(id=store.id, slug=store.slug, name=text_of(store.name, locale))


def _line(row: LineRow, currency: str, locale: str) -> OrderLineView:
    return OrderLineView(
        id=row.id,
        kind=row.kind,
        product_id=row.product_id,
        sku_id=row.sku_id,
        sku_code=row.sku_code,
        name=text_of(row.name, locale),
        options=row.options,
        extra=row.extra,
        quantity=row.quantity,
        list_price=Money(row.list_price, currency),
        total=Money(row.total, currency),
        shipped=row.shipped,
        cancelled=row.cancelled,
        refunded=row.refunded,
    )


def _adjustment(row: AdjustmentRow, currency: str) -> AdjustmentView:
    return AdjustmentView(
        phase=row.phase, plugin=row.plugin, code=row.code, label=row.label, amount=Money(row.amount, currency)
    )


def _parcel(row: ParcelRow) -> ParcelView:
    return ParcelView(
        id=row.id,
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        shipped_at=row.shipped_at,
        received_at=row.received_at,
        lines=row.lines,
    )


def refund_view(row: RefundRow, currency: str) -> RefundView:
    return RefundView(
        id=row.id,
        number=row.number,
        amount=Money(row.amount, currency),
        money=Money(row.money, currency),
        tenders=Money(row.tenders, currency),
        reason=row.reason,
        restock=row.restock,
        state=row.state,
        created_at=row.created_at,
        settled_at=row.settled_at,
        lines=row.lines,
    )


def _history(row: HistoryRow) -> HistoryView:
    return HistoryView(
        kind=row.kind,
        from_state=row.from_state,
        to_state=row.to_state,
        actor=row.actor,
        data=row.data,
        at=row.created_at,
    )
