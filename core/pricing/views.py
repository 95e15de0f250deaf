"""A quote's sums and adjustments as the API shows them, in the cart and at the checkout alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from ..dispatch.checks import Refused
from ..dispatch.failures import Failure
from ..http.locale import text_of
from ..types import Adjustment, Money, Totals
from .explain import Sentence, explain
from .service import Priced


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


class RefusedView(Struct, kw_only=True):
    """Why this cannot be ordered. `code` is `<plugin>:<word>`, or `plugin_failed`; `store_id` null: the mall."""

    code: str
    detail: str
    plugin: str
    store_id: UUID | None
    line_ids: list[str]
    params: Mapping[str, Any]


def refused_views(refused: Sequence[Refused], failures: Sequence[Failure]) -> list[RefusedView]:
    """Refusals of plugins, then plugins without which nothing can be ordered that do not work."""
    return [
        *(
            RefusedView(
                code=one.code,
                detail=one.refusal.detail,
                plugin=one.plugin,
                store_id=one.store_id,
                line_ids=list(one.refusal.line_ids),
                params=one.refusal.params,
            )
            for one in refused
        ),
        *(
            RefusedView(
                code="plugin_failed", detail="", plugin=one.plugin, store_id=one.store_id, line_ids=[], params={}
            )
            for one in failures
        ),
    ]


def refused_error(refused: Refused) -> dict[str, Any]:
    """The same as an entry of a problem's `errors`; the path is the first line that it is about."""
    refusal = refused.refusal
    return {
        "path": refusal.line_ids[0] if refusal.line_ids else "",
        "code": refused.code,
        "detail": refusal.detail,
        "plugin": refused.plugin,
        "store_id": None if refused.store_id is None else str(refused.store_id),
        "line_ids": list(refusal.line_ids),
        "params": refusal.params,
    }


class ExplanationView(Struct, kw_only=True):
    """Why a price is what it is, sentence by sentence, in the language of the request."""

    sentences: list[Sentence]


def explain_priced(priced: Priced) -> list[Sentence]:
    """The sentences about a quote, in the language that it was made in; goods by their names."""
    locale = priced.request.locale
    names = {line_id: text_of(goods.name, locale) for line_id, goods in priced.goods.items()}
    return explain(priced.quote, locale, names)


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
