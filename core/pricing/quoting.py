"""A quote in the making: the engine's stages, and between them the plugins that have a say.

What a store says itself, its flat fee and its tax, counts where no plugin says something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from ..dispatch import checks, proposals
from ..dispatch.checks import Refused
from ..dispatch.failures import Failure
from ..dispatch.places import stores_of
from ..dispatch.turns import Moment
from ..http.locale import text_of
from ..mall import Mall
from ..stores.queries import StoreRow
from ..types import Phase, Policy, PricedLine, PriceRequest, Quote, ShippingQuote, TaxRow, TraceEntry
from .engine import parcels_of, price_goods, price_shipping_and_fees, price_taxes_and_tenders, tax_bases
from .engine import price as price_plainly
from .sheet import Sheet

SHIPPING = "shipping"
"""The delivery method of whoever chose none; the one that a store's flat fee is for."""
OWN = "core"
"""Who prices the flat fee and the store's tax, where a plugin's name would stand."""

_FLAT_FEE = {"zh-CN": "运费", "en": "Shipping"}
_INCLUDED_TAX = {"zh-CN": "税（已含）", "en": "Tax (included)"}


class Made(Struct, frozen=True, kw_only=True):
    """A quote, and what stands in the way of ordering at it."""

    quote: Quote
    refused: tuple[Refused, ...]
    failures: tuple[Failure, ...]
    revisions: Mapping[UUID | None, int]


async def make_quote(mall: Mall, request: PriceRequest, found: Mapping[UUID, StoreRow]) -> Made:
    """Price a request with everything that is on in its stores and in the mall."""
    if not request.lines:
        return Made(quote=price_plainly(request), refused=(), failures=(), revisions={})
    known = await mall.plugins.states.current()
    moment = Moment(mall=mall, known=known, now=request.now, locale=request.locale)
    offers, dropped = await proposals.offers(moment, request)
    goods = price_goods(
        request,
        offers,
        policy=_policy(moment, request),
        versions=_versions(moment),
        revisions=_revisions(moment, request),
    )
    shipping, unshipped = await _shipping(moment, goods, found)
    rows = price_shipping_and_fees(goods, shipping)
    taxes, untaxed = await _taxes(moment, rows, found)
    quote = price_taxes_and_tenders(rows, taxes)
    refused, unchecked = await checks.cart(moment, request, quote.totals, quote.stores)
    return Made(
        quote=replace(quote, trace=(*quote.trace, *_noted(dropped))) if dropped else quote,
        refused=tuple(refused),
        failures=(*unshipped, *untaxed, *unchecked),
        revisions={place: known.revision_of(place) for place in (None, *stores_of(request))},
    )


def _policy(moment: Moment, request: PriceRequest) -> Policy:
    known = moment.known
    return Policy(
        mall=known.classes_of(None), stores={store_id: known.classes_of(store_id) for store_id in stores_of(request)}
    )


def _versions(moment: Moment) -> dict[str, str]:
    return {plugin.name: plugin.version for plugin in moment.mall.plugins.plugins}


def _revisions(moment: Moment, request: PriceRequest) -> dict[str, int]:
    return {str(place or "mall"): moment.known.revision_of(place) for place in (None, *stores_of(request))}


def _noted(failures: Iterable[Failure]) -> list[TraceEntry]:
    """In the trace, so that a person can see why an offer was not there."""
    return [
        TraceEntry(
            plugin=failure.plugin, code="", phase=Phase.UNIT_PRICE, outcome=failure.outcome, store_id=failure.store_id
        )
        for failure in failures
    ]


async def _shipping(
    moment: Moment, goods: Sheet, found: Mapping[UUID, StoreRow]
) -> tuple[list[ShippingQuote], list[Failure]]:
    quoted, failures = await proposals.shipping(moment, parcels_of(goods))
    theirs = {quote.store_id for quote in quoted}
    return [*quoted, *(fee for fee in _flat_fees(goods.request, found) if fee.store_id not in theirs)], failures


def _flat_fees(request: PriceRequest, found: Mapping[UUID, StoreRow]) -> list[ShippingQuote]:
    label = text_of(_FLAT_FEE, request.locale)
    return [
        ShippingQuote(store_id=store_id, amount=fee, plugin=OWN, code="flat_fee", label=label)
        for store_id, method in request.delivery.items()
        if method == SHIPPING and (fee := found[store_id].shipping_fee)
    ]


async def _taxes(moment: Moment, rows: Sheet, found: Mapping[UUID, StoreRow]) -> tuple[list[TaxRow], list[Failure]]:
    bases = tax_bases(rows)
    quoted, failures = await proposals.taxes(moment, bases)
    theirs = {tax.line_id for tax in quoted}
    return [*quoted, *_own_taxes((row for row in bases if row.id not in theirs), found, moment.locale)], failures


def _own_taxes(rows: Iterable[PricedLine], found: Mapping[UUID, StoreRow], locale: str) -> list[TaxRow]:
    label = text_of(_INCLUDED_TAX, locale)
    return [
        TaxRow(line_id=row.id, rate_ppm=rate, included=True, plugin=OWN, code="included_tax", label=label)
        for row in rows
        if (rate := found[row.store_id].tax_rate_ppm)
    ]
