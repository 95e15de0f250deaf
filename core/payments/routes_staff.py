"""What the operator of the mall and the staff of a store see of payments."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from ..errors import NotFound
from ..http import cursors
from ..http.access import OPERATOR, staff
from ..http.schemas import Page
from ..mall import Mall
from ..stores.queries import StoreRow
from . import payouts, queries, views
from .queries import LedgerFilter, PaymentFilter, RefundFilter, RefundRow
from .schemas import LedgerRecord, PaymentRecord, PaymentSummary, RefundRecord

PaymentState = Literal["open", "partially_paid", "paid", "closed"]
RefundState = Literal["pending", "sent", "succeeded", "failed"]
Limit = Annotated[int, QueryParameter(ge=1, le=cursors.MAX_LIMIT)]


@get("/api/mall/payments", access=OPERATOR, tags=["payments"])
async def mall_payments(
    payment_state: Annotated[PaymentState | None, QueryParameter(name="state")] = None,
    account_id: FromQuery[UUID | None] = None,
    checkout_id: FromQuery[UUID | None] = None,
    provider: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
) -> Page[PaymentSummary]:
    """All payments, newest first."""
    wanted = PaymentFilter(
        state=payment_state,
        account_id=account_id,
        checkout_id=checkout_id,
        provider=provider,
        before=cursors.decode(cursor, UUID),
        limit=limit,
    )
    return cursors.page(await queries.payments(wanted), limit, lambda row: row.id, views.summary)


@get("/api/mall/payments/{payment_id:uuid}", access=OPERATOR, tags=["payments"])
async def mall_payment(payment_id: FromPath[UUID]) -> PaymentRecord:
    """One payment with its attempts, captures, refunds and ledger."""
    found = await queries.payment(payment_id)
    if found is None:
        raise NotFound("There is no such payment.", code="payment_not_found")
    return await views.of_operator(found)


@get("/api/mall/refunds", access=OPERATOR, tags=["payments"])
async def mall_refunds(
    refund_state: Annotated[RefundState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
) -> Page[RefundRecord]:
    """All refunds, newest first; those that a provider refused are `?state=failed`."""
    wanted = RefundFilter(state=refund_state, before=cursors.decode(cursor, UUID), limit=limit)
    return _refunds(await queries.refunds(wanted), limit)


@post("/api/mall/refunds/{refund_id:uuid}/retry", access=OPERATOR, tags=["payments"], status_code=200)
async def retry_refund(mall: NamedDependency[Mall], refund_id: FromPath[UUID]) -> RefundRecord:
    """Have a refund that the provider refused tried again, under the same id."""
    if await queries.refund(refund_id) is None:
        raise NotFound("There is no such refund.", code="refund_not_found")
    await payouts.retry(mall, refund_id)
    found = await queries.refund(refund_id)
    if found is None:
        raise NotFound("There is no such refund.", code="refund_not_found")
    return views.refund(found)


@get("/api/stores/{store_ref:str}/staff/payment-refunds", access=staff("payments.read"), tags=["payments"])
async def store_refunds(
    store: NamedDependency[StoreRow],
    refund_state: Annotated[RefundState | None, QueryParameter(name="state")] = None,
    order_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
) -> Page[RefundRecord]:
    """Money on its way back to the store's shoppers, newest first, and why some of it does not get there."""
    wanted = RefundFilter(
        store_id=store.id, order_id=order_id, state=refund_state, before=cursors.decode(cursor, UUID), limit=limit
    )
    return _refunds(await queries.refunds(wanted), limit)


@get("/api/stores/{store_ref:str}/staff/ledger", access=staff("payments.read"), tags=["payments"])
async def store_ledger(
    store: NamedDependency[StoreRow],
    order_id: FromQuery[UUID | None] = None,
    currency: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
) -> Page[LedgerRecord]:
    """The store's side of the ledger, newest first."""
    wanted = LedgerFilter(order_id=order_id, currency=currency, before=cursors.decode(cursor, UUID), limit=limit)
    return cursors.page(await queries.store_ledger(store.id, wanted), limit, lambda row: row.id, views.entry)


def _refunds(rows: list[RefundRow], limit: int) -> Page[RefundRecord]:
    return cursors.page(rows, limit, lambda row: row.id, views.refund)
