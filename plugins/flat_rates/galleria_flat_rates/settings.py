"""What a store, or the mall, says about shipping and tax."""

from __future__ import annotations

from typing import Annotated

from galleria.core.plugin_api import AmountField, Body
from msgspec import Meta

Grams = Annotated[int, Meta(ge=0, le=10**9)]
Method = Annotated[str, Meta(min_length=1, max_length=40)]
Rate = Annotated[int, Meta(ge=0, le=10_000_000)]
"""Parts per million: 13 % is 130_000."""


class FlatRates(Body):
    """Amounts are minor units of the store's currency.

    `rate` is what sending costs. With `per_kilogram`, each kilogram begun beyond `first_grams` is added.
    `free_from`: the worth of goods, after discounts, from which on sending is free; None: it never is.
    `methods` are the delivery methods that this prices; with none, shipping is left to others.

    `tax_rate_ppm` None leaves tax to the store. `tax_included`: prices include it; otherwise it is added.
    """

    rate: AmountField
    free_from: AmountField | None = None
    per_kilogram: AmountField | None = None
    first_grams: Grams = 1000
    methods: Annotated[tuple[Method, ...], Meta(max_length=20)] = ("shipping",)
    tax_rate_ppm: Rate | None = None
    tax_included: bool = True
    tax_shipping: bool = True
