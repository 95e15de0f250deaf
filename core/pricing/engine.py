"""The price engine: a pure function from a request and declared values to a quote.

It runs in stages, so that plugins can be asked between them: `price_goods` (phases 1 to 3), then
`price_shipping_and_fees` (4 to 6), then `price_taxes_and_tenders` (7 and 8). Each stage leaves what it was
given untouched, so one sheet may be carried on in several ways. It reads no clock and keeps nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..types import Offer, Parcel, Phase, Policy, PricedLine, PriceRequest, Quote, ShippingQuote, TaxRow, TraceEntry
from .fees import add_fees
from .fingerprint import fingerprint
from .intake import take_in
from .levels import run_phase
from .proposals import Key, Proposal
from .sheet import Sheet, Terms, open_sheet
from .shipping import add_shipping, parcels
from .taxes import apply_taxes
from .totals import store_totals, sum_totals

_NONE: Mapping[str, str] = {}
_NO_REVISIONS: Mapping[str, int] = {}
_SHIPPED = Policy()


def price_goods(
    request: PriceRequest,
    offers: Sequence[Offer] = (),
    *,
    policy: Policy = _SHIPPED,
    versions: Mapping[str, str] = _NONE,
    revisions: Mapping[str, int] = _NO_REVISIONS,
    slice_seconds: int = 60,
) -> Sheet:
    """Price the lines: phases 1 to 3. Offers of later phases are kept for their turn.

    `versions` are the plugins' versions by name, kept on their adjustments; with `revisions` (settings and
    policies) and `slice_seconds` they enter the fingerprint. Raises ValueError on a line that cannot be
    priced: a quantity below one, a negative price, an id that occurs twice. A faulty offer is dropped and
    named in the trace.
    """
    sheet = open_sheet(request, Terms(policy, versions, revisions, slice_seconds))
    take_in(sheet, offers)
    for phase in (Phase.UNIT_PRICE, Phase.LINE_DISCOUNT, Phase.ORDER_DISCOUNT):
        run_phase(sheet, phase)
    return sheet


def parcels_of(goods: Sheet) -> tuple[Parcel, ...]:
    """Return what each store would send, one parcel a store, for `quote_shipping`."""
    return parcels(goods)


def price_shipping_and_fees(goods: Sheet, shipping: Sequence[ShippingQuote] = ()) -> Sheet:
    """Add each store's shipping and fees: phases 4 to 6.

    Raises ValueError on a negative amount, a second quote for a store, or a store without lines.
    """
    sheet = goods.copy()
    add_shipping(sheet, shipping)
    run_phase(sheet, Phase.SHIPPING_DISCOUNT)
    add_fees(sheet)
    sheet.inputs = sorted(shipping, key=lambda quote: quote.store_id)
    return sheet


def tax_bases(rows: Sheet) -> tuple[PricedLine, ...]:
    """Return the rows that tax is quoted on, after phase 6, for `quote_tax`."""
    return rows.priced()


def price_taxes_and_tenders(rows: Sheet, taxes: Sequence[TaxRow] = ()) -> Quote:
    """Add taxes and close the quote: phases 7 and 8.

    Raises ValueError on a tax of an unknown row or with a negative rate.
    """
    sheet = rows.copy()
    apply_taxes(sheet, taxes)
    run_phase(sheet, Phase.TENDER)
    stores = store_totals(sheet)
    return Quote(
        currency=sheet.request.currency,
        lines=sheet.priced(),
        adjustments=tuple(sheet.adjustments),
        stores=stores,
        totals=sum_totals(stores),
        fingerprint=_fingerprint(sheet, taxes),
        trace=tuple(sorted(sheet.trace, key=_by_phase)),
    )


def _by_phase(entry: TraceEntry) -> tuple[int, str, str, str]:
    """Order the trace. A faulty offer may hold anything in these fields."""
    phase = entry.phase if isinstance(entry.phase, int) else 0
    return phase, str(entry.plugin), str(entry.code), str(entry.store_id or "")


def _key(proposal: Proposal) -> Key:
    return proposal.key


def _fingerprint(sheet: Sheet, taxes: Sequence[TaxRow]) -> str:
    terms = sheet.terms
    offers = [[proposal.offer for proposal in sorted(found, key=_key)] for _, found in sorted(sheet.offers.items())]
    by_row = sorted(taxes, key=lambda tax: (tax.line_id, tax.plugin, tax.code))
    return fingerprint(
        sheet.request,
        versions=terms.versions,
        revisions=terms.revisions,
        slice_seconds=terms.slice_seconds,
        inputs=(terms.policy.mall, sorted(terms.policy.stores.items()), offers, sheet.inputs, by_row),
    )


def price(
    request: PriceRequest,
    offers: Sequence[Offer] = (),
    *,
    shipping: Sequence[ShippingQuote] = (),
    taxes: Sequence[TaxRow] = (),
    policy: Policy = _SHIPPED,
    versions: Mapping[str, str] = _NONE,
    revisions: Mapping[str, int] = _NO_REVISIONS,
) -> Quote:
    """Run all stages at once, where everything is known beforehand."""
    goods = price_goods(request, offers, policy=policy, versions=versions, revisions=revisions)
    return price_taxes_and_tenders(price_shipping_and_fees(goods, shipping), taxes)
