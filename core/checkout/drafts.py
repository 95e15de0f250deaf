"""From a quote to the orders that will be written: one a store, each with its own share of every adjustment. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from ..inventory.service import HoldRequest
from ..orders.placing import NewAdjustment, NewLine, NewOrder
from ..pricing.service import Priced
from ..stores.queries import StoreRow
from ..types import Adjustment, LineKind, PricedLine, Quote, StoreTotals
from .basket import Basket, method_of

_ROW_NAMES: Mapping[LineKind, Mapping[str, str]] = {
    LineKind.SHIPPING: {"zh-CN": "运费", "en": "Shipping"},
    LineKind.FEE: {"zh-CN": "附加费", "en": "Fee"},
}


class Draft(Struct, frozen=True, kw_only=True):
    """A checkout ready to be written. `prices` (SKU, price revision), the terms of `stores` and the `revisions`
    of plugins, by store and for the mall, must still hold then.
    """

    id: UUID
    account_id: UUID
    payment_id: UUID | None
    currency: str
    total: int
    due: int
    fingerprint: str
    expires_at: datetime
    basket: Basket
    orders: tuple[NewOrder, ...]
    holds: tuple[HoldRequest, ...]
    prices: tuple[tuple[UUID, int], ...]
    stores: tuple[StoreRow, ...]
    locale: str
    revisions: Mapping[UUID | None, int]
    quote: Quote


class Makers(Struct, frozen=True):
    """Where a draft's new ids and order numbers come from."""

    new_id: Callable[[], UUID]
    new_number: Callable[[datetime], str]


def draft(
    priced: Priced,
    basket: Basket,
    account_id: UUID,
    remarks: Mapping[UUID, str],
    *,
    now: datetime,
    ttl: int,
    make: Makers,
) -> Draft:
    """Lay out a checkout whose payment is due `ttl` seconds after `now`."""
    quote, checkout_id = priced.quote, make.new_id()
    orders = tuple(
        _order(priced, basket, totals, account_id, checkout_id, remarks.get(totals.store_id, ""), now, make)
        for totals in quote.stores
    )
    return Draft(
        id=checkout_id,
        account_id=account_id,
        payment_id=make.new_id() if quote.totals.due else None,
        currency=quote.currency,
        total=quote.totals.total,
        due=quote.totals.due,
        fingerprint=quote.fingerprint,
        expires_at=now + timedelta(seconds=ttl),
        basket=basket,
        orders=orders,
        holds=tuple(_holds(orders)),
        prices=tuple({(line.sku_id, line.price_revision) for line in priced.request.lines}),
        stores=tuple(priced.stores[totals.store_id] for totals in quote.stores),
        locale=priced.request.locale,
        revisions=priced.revisions,
        quote=quote,
    )


def _order(
    priced: Priced,
    basket: Basket,
    totals: StoreTotals,
    account_id: UUID,
    checkout_id: UUID,
    remark: str,
    now: datetime,
    make: Makers,
) -> NewOrder:
    rows = [row for row in priced.quote.lines if row.store_id == totals.store_id]
    lines = [_line(priced, row, position, make) for position, row in enumerate(rows)]
    choice = method_of(basket, totals.store_id)
    return NewOrder(
        id=make.new_id(),
        store_id=totals.store_id,
        number=make.new_number(now),
        account_id=account_id,
        checkout_id=checkout_id,
        currency=priced.quote.currency,
        goods=totals.goods,
        discounts=totals.discounts,
        shipping=totals.shipping,
        fees=totals.fees,
        tax=totals.tax,
        total=totals.total,
        tenders=totals.tenders,
        due=totals.due,
        address=basket.address,
        delivery_method=choice.method,
        location_id=choice.location_id,
        remark=remark,
        lines=lines,
        adjustments=_adjustments(priced.quote.adjustments, lines),
    )


def _line(priced: Priced, row: PricedLine, position: int, make: Makers) -> NewLine:
    goods = priced.goods.get(row.id)
    request = next((line for line in priced.request.lines if line.id == row.id), None)
    return NewLine(
        id=make.new_id(),
        key=row.id,
        kind=row.kind.value,
        position=position,
        product_id=goods.product_id if goods else None,
        sku_id=row.sku_id,
        location_id=priced.stores[row.store_id].default_location_id if goods else None,
        sku_code=goods.sku_code if goods else "",
        name=goods.name if goods else _ROW_NAMES[row.kind],
        options=goods.options if goods else {},
        extra=request.extra if request else {},
        quantity=row.quantity,
        list_price=request.list_price if request else row.balances[0],
        price_revision=request.price_revision if request else 1,
        included_tax=row.included_tax,
        total=row.total,
        balances=list(row.balances),
    )


def _adjustments(adjustments: Sequence[Adjustment], lines: Sequence[NewLine]) -> list[NewAdjustment]:
    """What of each adjustment lies on these lines; those with nothing on them are somebody else's."""
    ids = {line.key: line.id for line in lines}
    shares = [
        (adjustment, [(ids[part.line_id], part.amount) for part in adjustment.allocations if part.line_id in ids])
        for adjustment in adjustments
    ]
    return [_share(adjustment, parts) for adjustment, parts in shares if parts]


def _share(adjustment: Adjustment, parts: Sequence[tuple[UUID, int]]) -> NewAdjustment:
    return NewAdjustment(
        phase=int(adjustment.phase),
        sequence=adjustment.sequence,
        plugin=adjustment.plugin,
        plugin_version=adjustment.plugin_version,
        code=adjustment.code,
        label=adjustment.label,
        scope_store_id=adjustment.store_id,
        reference=adjustment.reference,
        definition=adjustment.definition,
        basis=adjustment.basis,
        amount=sum(amount for _, amount in parts),
        funder=adjustment.funder.value,
        platform_share_ppm=adjustment.platform_share_ppm,
        allocations=parts,
    )


def _holds(orders: Sequence[NewOrder]) -> list[HoldRequest]:
    return [
        HoldRequest(
            store_id=order.store_id,
            sku_id=line.sku_id,
            location_id=line.location_id,
            owner=line.id,
            quantity=line.quantity,
        )
        for order in orders
        for line in order.lines
        if line.sku_id is not None and line.location_id is not None
    ]
