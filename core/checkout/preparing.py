"""Preparing: a basket is priced once more, held against what was shown, and laid out as orders; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct, to_builtins

from ..dispatch.failures import refusal_for
from ..errors import Conflict, Invalid
from ..ids import new_id
from ..mall import Mall
from ..orders.numbers import new_number
from ..pricing.service import SHIPPING, Priced
from ..pricing.views import refused_error
from ..types import Money
from . import views
from .basket import Basket, method_of, price_basket
from .drafts import Draft, Makers, draft

_MAKERS = Makers(new_id, new_number)


class PlaceRequest(Struct, frozen=True, kw_only=True):
    """What one buyer wants to place, and the total that was shown to them."""

    account_id: UUID
    basket: Basket
    expected_total: Money
    remarks: Mapping[UUID, str]
    locale: str


async def prepare(mall: Mall, request: PlaceRequest) -> Draft:
    """Price once more and lay out the orders, outside any transaction.

    Raises Conflict (`lines_unavailable`, `check_refused`, `total_changed`, each with the new quote), Invalid
    (`address_required`), PluginUnavailable.
    """
    priced = await price_basket(mall, request.basket, request.account_id, request.locale)
    _require_available(priced)
    _require_plugins(priced)
    _require_total(priced, request.expected_total)
    _require_address(priced, request.basket)
    _require_remarks(priced, request.remarks)
    now = mall.now()
    return draft(
        priced,
        request.basket,
        request.account_id,
        request.remarks,
        now=now,
        ttl=mall.settings.payment_ttl,
        make=_MAKERS,
    )


def _require_available(priced: Priced) -> None:
    if priced.unavailable or not priced.quote.lines:
        errors = [
            {"path": line.line_id, "code": line.reason, "detail": "", "available": line.available}
            for line in priced.unavailable
        ]
        raise Conflict(
            "Some of this cannot be sold now.", code="lines_unavailable", errors=errors, quote=_quote(priced)
        )


def _require_plugins(priced: Priced) -> None:
    """Raises PluginUnavailable where one that has a say has failed, Conflict (`check_refused`) where one refuses."""
    for failure in priced.failures:
        raise refusal_for(failure)
    if priced.refused:
        errors = [refused_error(each) for each in priced.refused]
        raise Conflict(errors[0]["detail"], code="check_refused", errors=errors, quote=_quote(priced))


def _require_total(priced: Priced, expected: Money) -> None:
    if Money(priced.quote.totals.total, priced.quote.currency) != expected:
        raise Conflict("The total is another one than was shown.", code="total_changed", quote=_quote(priced))


def _require_address(priced: Priced, basket: Basket) -> None:
    sent = any(method_of(basket, totals.store_id).method == SHIPPING for totals in priced.quote.stores)
    if sent and basket.address is None:
        raise Invalid(
            "Goods that are sent need an address.",
            code="address_required",
            errors=[{"path": "address_id", "code": "required", "detail": ""}],
        )


def _require_remarks(priced: Priced, remarks: Mapping[UUID, str]) -> None:
    strangers = remarks.keys() - {totals.store_id for totals in priced.quote.stores}
    if strangers:
        errors = [
            {"path": "remarks", "code": "unknown_store", "detail": str(store_id)} for store_id in sorted(strangers)
        ]
        raise Invalid("A remark is for a store that nothing is bought from.", code="remark_misses", errors=errors)


def _quote(priced: Priced) -> object:
    return to_builtins(views.quote_view(priced))
