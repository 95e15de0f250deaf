"""The hooks of the plugin `flat_rates`."""

from __future__ import annotations

from collections.abc import Sequence

from galleria.core.plugin_api import Context, Parcel, PluginInfo, PricedLine, ShippingQuote, TaxRow, hookimpl

from . import precedence, rules
from .settings import FlatRates

PLUGIN = PluginInfo(
    label={"zh-CN": "运费与税率", "en": "Flat rates"},
    requires={"pricing": 1},
    settings=FlatRates,
)


@hookimpl
async def quote_shipping(ctx: Context, parcels: Sequence[Parcel]) -> list[ShippingQuote]:
    quotes = [rules.shipping(ctx.settings, parcel, ctx.locale) for parcel in parcels]
    return [quote for quote in quotes if quote is not None]


@hookimpl
async def quote_tax(ctx: Context, bases: Sequence[PricedLine]) -> list[TaxRow]:
    taken = await precedence.stores_with_own_tax(ctx, {row.store_id for row in bases})
    taxes = [rules.tax(ctx.settings, row, ctx.locale) for row in bases if row.store_id not in taken]
    return [tax for tax in taxes if tax is not None]
