from __future__ import annotations

from uuid import UUID, uuid4

import msgspec
import pytest
from galleria.core.plugin_api import LineKind, Parcel, PricedLine
from galleria_flat_rates import rules
from galleria_flat_rates.settings import FlatRates
from hypothesis import given
from hypothesis import strategies as st

STORE = UUID(int=1)


def parcel(goods=5000, grams=0, method="shipping"):
    return Parcel(store_id=STORE, method=method, goods=goods, quantity=1, weight_grams=grams)


def row(kind=LineKind.GOODS):
    return PricedLine(id=str(uuid4()), store_id=STORE, kind=kind, quantity=1, balances=(1000,))


@pytest.mark.parametrize(("goods", "amount", "code"), [(0, 800, "flat"), (9899, 800, "flat"), (9900, 0, "free")])
def test_sending_is_free_from_the_amount_on(goods, amount, code):
    """The threshold is inclusive: one unit below it costs the rate."""
    quote = rules.shipping(FlatRates(rate=800, free_from=9900), parcel(goods), "en")
    assert (quote.amount, quote.code) == (amount, code)


def test_without_a_threshold_sending_is_never_free():
    """free_from null is no threshold, and 0 is one that everything reaches."""
    assert rules.shipping(FlatRates(rate=800), parcel(10**15), "en").amount == 800
    assert rules.shipping(FlatRates(rate=800, free_from=0), parcel(0), "en").amount == 0


@pytest.mark.parametrize(("grams", "added"), [(0, 0), (1000, 0), (1001, 200), (2000, 200), (2001, 400), (3300, 600)])
def test_a_kilogram_that_is_begun_is_charged(grams, added):
    """The first weight is covered by the rate; each kilogram begun beyond it costs once more."""
    rates = FlatRates(rate=800, per_kilogram=200, first_grams=1000)
    assert rules.shipping(rates, parcel(grams=grams), "en").amount == 800 + added


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_heavier_parcel_is_never_cheaper(grams, more, first, price):
    """The price by weight never falls, and a kilogram more costs exactly one step beyond the first weight."""
    rates = FlatRates(rate=0, per_kilogram=price, first_grams=first)
    assert rules.surcharge(rates, grams) <= rules.surcharge(rates, grams + more)
    if grams >= first:
        assert rules.surcharge(rates, grams + 1000) - rules.surcharge(rates, grams) == price


def test_a_method_that_is_not_listed_is_left_to_others():
    """Only the methods of the settings are priced; without any, none is."""
    assert rules.shipping(FlatRates(rate=800), parcel(method="pickup"), "en") is None
    assert rules.shipping(FlatRates(rate=800, methods=("pickup",)), parcel(method="pickup"), "en").amount == 800
    assert rules.shipping(FlatRates(rate=800, methods=()), parcel(), "en") is None


@pytest.mark.parametrize(("locale", "label"), [("zh-CN", "运费"), ("en", "Shipping")])
def test_labels_are_in_the_buyers_language(locale, label):
    """Simplified Chinese and English ship."""
    assert rules.shipping(FlatRates(rate=800), parcel(), locale).label == label


def test_tax_is_left_to_the_store_without_a_rate():
    """tax_rate_ppm null says nothing about tax; 0 says that there is none."""
    assert rules.tax(FlatRates(rate=0), row(), "en") is None
    assert rules.tax(FlatRates(rate=0, tax_rate_ppm=0), row(), "en").rate_ppm == 0


@pytest.mark.parametrize(("kind", "rate"), [(LineKind.GOODS, 130_000), (LineKind.FEE, 130_000), (LineKind.SHIPPING, 0)])
def test_shipping_may_be_untaxed(kind, rate):
    """With tax_shipping false, goods and fees bear the tax, and shipping is said to bear none."""
    rates = FlatRates(rate=0, tax_rate_ppm=130_000, tax_shipping=False)
    assert rules.tax(rates, row(kind), "en").rate_ppm == rate


@pytest.mark.parametrize(
    "wrong",
    [{}, {"rate": -1}, {"rate": 1, "free_from": -1}, {"rate": 1, "tax_rate_ppm": 10_000_001}, {"rate": 1, "fee": 2}],
)
def test_settings_that_cannot_be_are_refused(wrong):
    """A rate is required; nothing is negative; a tax rate ends at 10 million; unknown fields are refused."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, FlatRates)
