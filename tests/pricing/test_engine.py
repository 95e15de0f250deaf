from __future__ import annotations

from typing import Any

import pytest
from galleria.core.pricing.engine import (
    parcels_of,
    price,
    price_goods,
    price_shipping_and_fees,
    price_taxes_and_tenders,
    tax_bases,
)
from galleria.core.types import LineKind, PriceRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from .build import line, request, requests, shipping, shippings, store, tax, taxes
from .invariants import check_sums


def test_list_prices_and_shipping():
    """Without offers a quote is list prices times quantities plus each store's shipping."""
    wanted = request(line("a", 1999, 2), line("b", 500, store_id=store(2)))
    quote = price(wanted, shipping=[shipping(600, 1), shipping(0, 2)])
    assert quote.totals.goods == 4498
    assert quote.totals.total == quote.totals.due == 5098
    assert [(s.store_id, s.total) for s in quote.stores] == [(store(1), 4598), (store(2), 500)]
    assert [row.id for row in quote.lines] == ["a", "b", f"shipping:{store(1)}", f"shipping:{store(2)}"]


def test_a_shipping_row_says_who_priced_it():
    """A store's shipping is a row of one unit with the plugin, the code and the label of its quote."""
    row = price(request(line("a", 10)), shipping=[shipping(600)]).lines[-1]
    assert (row.kind, row.quantity, row.total) == (LineKind.SHIPPING, 1, 600)
    assert (row.plugin, row.code, row.label) == ("flat", "flat", "Flat")


def test_an_empty_request_costs_nothing():
    """A request without lines has no stores and a total of zero."""
    quote = price(request())
    assert quote.totals.due == 0
    assert quote.stores == ()


def test_a_parcel_is_what_one_store_sends():
    """Parcels count units and weight per store and carry the method that the buyer chose."""
    wanted = request(
        line("a", 100, 2, weight_grams=250),
        line("b", 30, 1, store_id=store(2)),
        line("c", 5, 3, weight_grams=10),
        delivery={store(1): "pickup"},
        destination={"city": "Suzhou"},
    )
    first, second = parcels_of(price_goods(wanted))
    assert (first.store_id, first.method, first.goods) == (store(1), "pickup", 215)
    assert (first.quantity, first.weight_grams) == (5, 530)
    assert (second.goods, second.destination) == (30, {"city": "Suzhou"})


def test_included_tax_leaves_the_total_alone():
    """Tax that the price includes is noted on its row and changes no total."""
    quote = price(request(line("a", 11300)), taxes=[tax("a", 130_000, included=True)])
    assert quote.lines[0].included_tax == 1300
    assert (quote.totals.total, quote.totals.tax) == (11300, 0)
    assert quote.adjustments == ()


def test_two_included_taxes_are_taken_out_together():
    """Two rates in one price come out of the same net amount: 120 holds 20 of tax at 5 % and 15 %."""
    both = [tax("a", 50_000, included=True), tax("a", 150_000, included=True, code="duty")]
    assert price(request(line("a", 120)), taxes=both).lines[0].included_tax == 20


def test_added_tax_is_rounded_once_a_row():
    """8 % on three rows of 6 is 0 + 0 + 0, since each row rounds on its own; on one row of 18 it is 1."""
    rows = [line(i, 6) for i in "abc"]
    assert price(request(*rows), taxes=[tax(i, 80_000, included=False) for i in "abc"]).totals.tax == 0
    assert price(request(line("a", 6, 3)), taxes=[tax("a", 80_000, included=False)]).totals.tax == 1


def test_added_taxes_do_not_tax_each_other():
    """Two added taxes of one row are both measured on the row before tax, each an adjustment of its own."""
    both = [tax("a", 100_000, included=False), tax("a", 100_000, included=False, code="duty")]
    quote = price(request(line("a", 1000)), taxes=both)
    assert quote.lines[0].balances == (1000, 1100, 1200)
    assert [a.amount for a in quote.adjustments] == [100, 100]


def test_an_adjustment_carries_the_version_of_its_plugin():
    """An order can say later which version priced it."""
    quote = price(request(line("a", 1000)), taxes=[tax("a", 60_000, included=False)], versions={"tax": "2.1"})
    assert quote.adjustments[0].plugin_version == "2.1"


def test_a_stage_leaves_what_it_was_given_untouched():
    """One sheet can be carried on twice, with different shipping, and neither sees the other."""
    goods = price_goods(request(line("a", 1000)))
    dear = price_taxes_and_tenders(price_shipping_and_fees(goods, [shipping(900)]))
    rows = price_shipping_and_fees(goods, [shipping(100)])
    taxed = price_taxes_and_tenders(rows, [tax("a", 100_000, included=False)])
    plain = price_taxes_and_tenders(rows)
    assert [quote.totals.total for quote in (dear, taxed, plain)] == [1900, 1200, 1100]


def test_tax_is_quoted_on_rows_with_shipping():
    """The rows that tax is quoted on are the goods and the shipping, after phase 6."""
    rows = price_shipping_and_fees(price_goods(request(line("a", 1000, 3))), [shipping(500)])
    assert [(base.kind, base.total) for base in tax_bases(rows)] == [("goods", 3000), ("shipping", 500)]


@pytest.mark.parametrize(
    "bad",
    [
        [line("a", 1, 0)],
        [line("a", 1, -1)],
        [line("a", -1)],
        [line("a", 1, minimum_price=-1)],
        [line("a", 1), line("a", 2)],
    ],
)
def test_a_line_that_cannot_be_priced_is_refused(bad: list[Any]):
    """A quantity below one, a negative price and an id that occurs twice raise ValueError."""
    with pytest.raises(ValueError, match="line"):
        price_goods(request(*bad))


@pytest.mark.parametrize("bad", [[shipping(-1)], [shipping(1), shipping(2)], [shipping(1, 9)]])
def test_shipping_that_fits_no_store_is_refused(bad: list[Any]):
    """A negative amount, two quotes for one store and a store without lines raise ValueError."""
    with pytest.raises(ValueError, match="shipping"):
        price(request(line("a", 1)), shipping=bad)


@pytest.mark.parametrize("bad", [tax("z", 10, included=True), tax("a", -10, included=False)])
def test_a_tax_that_fits_no_row_is_refused(bad: Any):
    """A tax of an unknown row or with a negative rate raises ValueError, so that none is lost in silence."""
    with pytest.raises(ValueError, match="tax of"):
        price(request(line("a", 1)), taxes=[bad])


@settings(deadline=None)
@given(requests(), st.data())
def test_rows_and_totals_agree(wanted: PriceRequest, data: st.DataObject):
    """Whatever is priced, rows, adjustments, store totals and totals agree to the minor unit."""
    quote = price(wanted, shipping=data.draw(shippings(wanted)), taxes=data.draw(taxes(wanted)))
    check_sums(quote)
