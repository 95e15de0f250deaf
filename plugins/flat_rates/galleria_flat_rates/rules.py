"""What sending costs, and what tax lies on what. Pure."""

from __future__ import annotations

from galleria.core.plugin_api import LineKind, Parcel, PricedLine, ShippingQuote, TaxRow, text_of

from .settings import FlatRates

_SHIPPING = {"zh-CN": "运费", "en": "Shipping"}
_FREE = {"zh-CN": "包邮", "en": "Free shipping"}
_TAX = {"zh-CN": "税", "en": "Tax"}
_INCLUDED = {"zh-CN": "税（已含）", "en": "Tax (included)"}

KILOGRAM = 1000


def shipping(rates: FlatRates, parcel: Parcel, locale: str) -> ShippingQuote | None:
    """The price of a parcel; None for one that goes by a method which is somebody else's."""
    if parcel.method not in rates.methods:
        return None
    free = rates.free_from is not None and parcel.goods >= rates.free_from
    return ShippingQuote(
        store_id=parcel.store_id,
        amount=0 if free else rates.rate + surcharge(rates, parcel.weight_grams),
        code="free" if free else "flat",
        label=text_of(_FREE if free else _SHIPPING, locale),
    )


def surcharge(rates: FlatRates, weight_grams: int) -> int:
    """Minor units for each kilogram begun beyond the first weight."""
    beyond = max(weight_grams - rates.first_grams, 0)
    return (rates.per_kilogram or 0) * -(-beyond // KILOGRAM)


def tax(rates: FlatRates, row: PricedLine, locale: str) -> TaxRow | None:
    """The tax of a row; None leaves it to the store.

    Untaxed shipping is said to bear 0, so that the store's own rate does not fall on it instead.
    """
    if rates.tax_rate_ppm is None:
        return None
    untaxed = row.kind is LineKind.SHIPPING and not rates.tax_shipping
    return TaxRow(
        line_id=row.id,
        rate_ppm=0 if untaxed else rates.tax_rate_ppm,
        included=rates.tax_included,
        code="tax",
        label=text_of(_INCLUDED if rates.tax_included else _TAX, locale),
    )
