"""What holds of every quote."""

from __future__ import annotations

from galleria.core.types import Quote


def check_sums(quote: Quote) -> None:
    """Assert that rows, adjustments and totals of a quote agree, and that nothing is below zero."""
    for adjustment in quote.adjustments:
        assert adjustment.amount == sum(part.amount for part in adjustment.allocations)
        assert adjustment.amount
    for name in ("goods", "discounts", "shipping", "fees", "tax", "total", "tenders", "due"):
        assert getattr(quote.totals, name) == sum(getattr(s, name) for s in quote.stores)
        assert all(getattr(s, name) >= 0 for s in quote.stores)
    for s in (*quote.stores, quote.totals):
        assert s.total == s.goods - s.discounts + s.shipping + s.fees + s.tax
        assert s.due == s.total - s.tenders
    for s in quote.stores:
        assert s.total == sum(row.total for row in quote.lines if row.store_id == s.store_id)
    for row in quote.lines:
        assert min(row.balances) >= 0
