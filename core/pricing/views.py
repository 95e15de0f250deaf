"""A quote's sums and adjustments as the API shows them, in the cart and at the checkout alike."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from ..types import Adjustment, Money, Totals


class TotalsView(Struct, kw_only=True):
    """total = goods - discounts + shipping + fees + tax; due = total - tenders."""

    goods: Money
    discounts: Money
    shipping: Money
    fees: Money
    tax: Money
    total: Money
    tenders: Money
    due: Money


class AdjustmentView(Struct, kw_only=True):
    """An applied discount (negative) or tender. `store_id` null: the mall's."""

    phase: str
    plugin: str
    code: str
    label: str
    amount: Money
    store_id: UUID | None
    reference: str | None


def totals_view(totals: Totals, currency: str) -> TotalsView:
    return TotalsView(**{name: Money(getattr(totals, name), currency) for name in TotalsView.__struct_fields__})


def adjustment_view(adjustment: Adjustment, currency: str) -> AdjustmentView:
    return AdjustmentView(
        phase=adjustment.phase.name.lower(),
        plugin=adjustment.plugin,
        code=adjustment.code,
        label=adjustment.label,
        amount=Money(adjustment.amount, currency),
        store_id=adjustment.store_id,
        reference=adjustment.reference,
    )
