"""From rows and quotes to what the API shows."""

from __future__ import annotations

from msgspec import to_builtins

from ..orders import queries as orders
from ..orders import views as order_views
from ..pricing.service import Priced
from ..pricing.views import adjustment_view, refused_views, totals_view
from ..types import Money
from .queries import CheckoutRow
from .schemas import CheckoutView, QuoteLineView, QuoteView


def quote_view(priced: Priced) -> QuoteView:
    quote = priced.quote
    return QuoteView(
        lines=[
            QuoteLineView(
                line_id=row.id,
                sku_id=row.sku_id,
                kind=row.kind.value,
                store_id=row.store_id,
                quantity=row.quantity,
                list_total=Money(row.balances[0], quote.currency),
                total=Money(row.total, quote.currency),
            )
            for row in quote.lines
        ],
        adjustments=[adjustment_view(entry, quote.currency) for entry in quote.adjustments],
        unavailable=[to_builtins(line) for line in priced.unavailable],
        refused=refused_views(priced.refused, priced.failures),
        totals=totals_view(quote.totals, quote.currency),
        fingerprint=quote.fingerprint,
    )


async def checkout_view(row: CheckoutRow, locale: str) -> CheckoutView:
    placed = await orders.checkout_orders(row.id)
    shown = await order_views.summaries(placed, locale)
    return CheckoutView(
        id=row.id,
        state=row.state,
        total=Money(row.total, row.currency),
        due=Money(row.due, row.currency),
        payment_id=row.payment_id,
        address=row.address,
        expires_at=row.expires_at,
        created_at=row.created_at,
        orders=[shown[order.id] for order in placed],
    )
