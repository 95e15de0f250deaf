from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from galleria.core.catalog.tables import Brand, Category, Product, Sku
from galleria.core.errors import Conflict, NotFound
from galleria.core.ids import new_id
from galleria.core.inventory.tables import StockLevel
from galleria.core.pricing.service import SHIPPING, Wanted, for_sale, price, reprice
from galleria.core.storage import db
from galleria.core.stores.tables import Store
from galleria.core.types import Ask, LineKind


def want(sku, quantity=1, line_id="a", **more):
    return Wanted(line_id=line_id, sku_id=sku, quantity=quantity, **more)


@pytest.fixture
def pricing(mall):
    async def run(*wanted, **more):
        return await price(mall, wanted, **{"shopper_id": None, "locale": "en", **more})

    return run


@pytest.fixture
def statements(monkeypatch):
    """The statements that are run while the block is open."""

    @contextmanager
    def watch():
        seen = []

        async def fetch(sql, *args, run=db.fetch):
            seen.append(sql)
            return await run(sql, *args)

        with monkeypatch.context() as patch:
            patch.setattr(db, "fetch", fetch)
            yield seen

    return watch


def reasons(priced):
    return [(line.line_id, line.reason, line.available) for line in priced.unavailable]


async def test_goods_of_two_stores_are_priced_together(pricing, make_shop, make_goods):
    """Each store has its own totals, with its flat fee; the quote adds them up."""
    here, there = await make_shop(shipping_fee=800), await make_shop()
    one, other = await make_goods(here, prices=[1999]), await make_goods(there, prices=[500])
    priced = await pricing(want(one.sku, 2), want(other.sku, 3, "b"))
    assert [(store.store_id, store.goods, store.shipping, store.due) for store in priced.quote.stores] == [
        (here.id, 3998, 800, 4798),
        (there.id, 1500, 0, 1500),
    ]
    assert priced.quote.totals.due == 6298
    assert priced.request.delivery == {here.id: SHIPPING, there.id: SHIPPING}
    assert priced.unavailable == ()


async def test_a_store_without_a_fee_has_no_shipping_row(pricing, make_shop, make_goods):
    """The flat fee is a row of its own, named in the buyer's language; no fee, no row."""
    free, paid = await make_shop(), await make_shop(shipping_fee=800)
    skus = [(await make_goods(shop)).sku for shop in (free, paid)]
    rows = (await pricing(want(skus[0]), want(skus[1], 1, "b"))).quote.lines
    assert [(row.store_id, row.label) for row in rows if row.kind is LineKind.SHIPPING] == [(paid.id, "Shipping")]


async def test_another_delivery_method_does_not_cost_the_flat_fee(pricing, make_shop, make_goods):
    """The flat fee is what shipping costs; what else there is, its plugin prices."""
    shop = await make_shop(shipping_fee=800)
    priced = await pricing(want((await make_goods(shop)).sku), delivery={shop.id: "collect"})
    assert priced.quote.totals.shipping == 0
    assert priced.request.delivery == {shop.id: "collect"}


async def test_prices_include_the_stores_tax(pricing, make_shop, make_goods):
    """13 % inside 11.30 is 1.30, in goods and in shipping, and adds nothing to the total."""
    shop = await make_shop(shipping_fee=1130)
    await Store.update({Store.tax_rate_ppm: 130_000}).where(Store.id == shop.id).run()
    quote = (await pricing(want((await make_goods(shop, prices=[1130])).sku))).quote
    assert [row.included_tax for row in quote.lines] == [130, 130]
    assert (quote.totals.tax, quote.totals.due) == (0, 2260)


async def test_each_reason_is_said(pricing, mall, make_shop, make_goods):
    """What cannot be sold is left out with its reason; the rest is priced."""
    shop, closed, dollars = await make_shop(), await make_shop(state="closed"), await make_shop(currency="USD")
    good, scarce, gone = await make_goods(shop), await make_goods(shop, stock=2), await make_goods(shop, stock=0)
    draft, passive = await make_goods(shop, state="draft"), await make_goods(shop)
    await Sku.update({Sku.active: False}).where(Sku.id == passive.sku).run()
    priced = await pricing(
        want((await make_goods(closed)).sku, line_id="closed"),
        want(draft.sku, line_id="draft"),
        want(passive.sku, line_id="passive"),
        want(uuid4(), line_id="unknown"),
        want(gone.sku, line_id="gone"),
        want(scarce.sku, 3, "scarce"),
        want(good.sku, line_id="good"),
        want((await make_goods(dollars)).sku, line_id="dollars"),
    )
    assert reasons(priced) == [
        ("closed", "store_closed", None),
        ("draft", "off_sale", None),
        ("passive", "off_sale", None),
        ("unknown", "deleted", None),
        ("gone", "out_of_stock", 0),
        ("scarce", "insufficient_stock", 2),
        ("dollars", "currency_mismatch", None),
    ]
    assert [row.id for row in priced.quote.lines] == ["good"]
    assert set(priced.goods) == {"closed", "draft", "passive", "gone", "scarce", "good", "dollars"}


async def test_two_lines_of_one_sku_share_its_stock(pricing, make_shop, make_goods):
    """The second line gets what the first one left."""
    sku = (await make_goods(await make_shop(), stock=5)).sku
    priced = await pricing(want(sku, 3), want(sku, 3, "b"), want(sku, 2, "c"))
    assert reasons(priced) == [("b", "insufficient_stock", 2)]
    assert [row.id for row in priced.quote.lines] == ["a", "c"]


async def test_held_units_cannot_be_sold(pricing, make_shop, make_goods):
    """What is held for others is not available."""
    sku = (await make_goods(await make_shop(), stock=5)).sku
    await StockLevel.update({StockLevel.held: 4}).where(StockLevel.sku_id == sku).run()
    assert reasons(await pricing(want(sku, 2))) == [("a", "insufficient_stock", 1)]


async def test_stock_is_not_looked_at_when_told(pricing, make_shop, make_goods):
    """A caller that holds stock itself may price without the check."""
    sku = (await make_goods(await make_shop(), stock=0)).sku
    assert reasons(await pricing(want(sku), check_stock=False)) == []


async def test_a_store_without_a_warehouse_has_no_stock(pricing, make_shop, make_goods):
    """Without a default location there is nothing to take units from."""
    shop = await make_shop()
    sku = (await make_goods(shop)).sku
    await Store.update({Store.default_location_id: None}).where(Store.id == shop.id).run()
    assert reasons(await pricing(want(sku))) == [("a", "out_of_stock", 0)]
    await Store.update({Store.default_location_id: shop.warehouse}).where(Store.id == shop.id).run()


async def test_what_is_not_priced_is_still_checked(pricing, make_shop, make_goods):
    """A line that is only shown adds nothing, takes stock after the others, and does not rule the currency."""
    dollars, shop = await make_shop(currency="USD"), await make_shop()
    shown, sold = await make_goods(dollars), await make_goods(shop, stock=2, prices=[700])
    priced = await pricing(
        want(shown.sku, priced=False, line_id="shown"),
        want(sold.sku, 1, "later", priced=False),
        want(sold.sku, 2, "first"),
    )
    assert reasons(priced) == [("later", "insufficient_stock", 0)]
    assert (priced.quote.currency, priced.quote.totals.due) == ("CNY", 1400)


async def test_nothing_costs_nothing(pricing):
    """An empty list is priced at zero, in the mall's currency."""
    quote = (await pricing()).quote
    assert (quote.currency, quote.lines, quote.totals.due) == ("CNY", (), 0)


async def test_a_sum_of_nothing_is_in_the_stores_currency(pricing, make_shop, make_goods):
    """Where nothing is priced, the first store in sight says the currency."""
    sku = (await make_goods(await make_shop(currency="USD"))).sku
    assert (await pricing(want(sku, priced=False))).quote.currency == "USD"


async def test_absurd_sums_are_refused_line_by_line(pricing, make_shop, make_goods):
    """A line that takes the goods beyond what an amount can hold is left out; the next one may fit."""
    shop = await make_shop()
    dear, cheap = await make_goods(shop, prices=[10**15]), await make_goods(shop, prices=[0])
    priced = await pricing(want(dear.sku), want(dear.sku, 1, "b"), want(cheap.sku, 1, "c"))
    assert reasons(priced) == [("b", "amount_too_large", None)]
    assert priced.quote.totals.goods == 10**15


async def make_tree_and_brand(mall):
    """Two categories and a brand."""
    ids = [new_id() for _ in range(3)]
    for identity, table in zip(ids, (Category, Category, Brand), strict=True):
        facts = {"slug": f"s{identity.hex}", "name": {"en": "Some"}, "created_at": mall.now()}
        more = {"story": {}} if table is Brand else {}
        await table(id=identity, **facts, **more).save().run()
    return ids


async def test_the_request_carries_what_prices_depend_on(mall, pricing, make_shop, make_goods):
    """Revision, minimum price, categories, brand, weight, asks and the destination reach the request."""
    goods, shopper = await make_goods(await make_shop()), uuid4()
    category, own, brand = await make_tree_and_brand(mall)
    facts = {Product.category_id: category, Product.store_category_ids: [own], Product.brand_id: brand}
    await Product.update(facts).where(Product.id == goods.id).run()
    facts = {Sku.price_revision: 7, Sku.minimum_price: 900, Sku.weight_grams: 250}
    await Sku.update(facts).where(Sku.id == goods.sku).run()
    ask = Ask(plugin="points", reference="all")
    priced = await pricing(
        want(goods.sku, extra={"engraving": {"text": "hi"}}),
        asks=[ask],
        shopper_id=shopper,
        destination={"region": "CN"},
    )
    line = priced.request.lines[0]
    assert (line.price_revision, line.minimum_price, line.weight_grams) == (7, 900, 250)
    assert (line.category_ids, line.brand_id, line.extra) == ((category, own), brand, {"engraving": {"text": "hi"}})
    assert (priced.request.asks, priced.request.shopper_id) == ((ask,), shopper)
    assert priced.request.destination == {"region": "CN"}


async def test_a_price_is_three_statements(pricing, make_shop, make_goods, statements):
    """The number of statements does not grow with the lines or the stores."""
    goods = [await make_goods(await make_shop(), prices=[100, 200, 300]) for _ in range(3)]
    wanted = [want(sku, 1, str(sku)) for item in goods for sku in item.skus]
    with statements() as seen:
        await pricing(*wanted)
    assert len(seen) == 3, seen


async def test_reprice_agrees_while_nothing_changes(mall, clock, pricing, make_shop, make_goods):
    """Pricing a request again in the same moment gives the same quote."""
    clock.hold()
    priced = await pricing(want((await make_goods(await make_shop(shipping_fee=500))).sku, 3))
    assert await reprice(mall, priced.request) == priced.quote


async def test_reprice_reads_prices_anew(mall, pricing, make_shop, make_goods):
    """A price, and a fee, that changed since count as they are now."""
    shop = await make_shop(shipping_fee=500)
    sku = (await make_goods(shop, prices=[1000])).sku
    priced = await pricing(want(sku, 2))
    await Sku.update({Sku.price: 1200, Sku.price_revision: 2}).where(Sku.id == sku).run()
    await Store.update({Store.shipping_fee: 0}).where(Store.id == shop.id).run()
    assert (await reprice(mall, priced.request)).totals.due == 2400


async def test_reprice_is_of_the_present(mall, clock, pricing, make_shop, make_goods):
    """The time of a repriced request is now: its fingerprint moves with it."""
    clock.hold()
    priced = await pricing(want((await make_goods(await make_shop())).sku))
    clock.move(timedelta(minutes=2))
    again = await reprice(mall, priced.request)
    assert again.fingerprint != priced.quote.fingerprint
    assert again.totals == priced.quote.totals


async def test_reprice_names_what_cannot_be_sold_any_more(mall, pricing, make_shop, make_goods):
    """A line that went off sale refuses the whole request, by its id."""
    shop = await make_shop()
    stays, goes = await make_goods(shop), await make_goods(shop)
    priced = await pricing(want(stays.sku), want(goes.sku, 1, "b"))
    await Product.update({Product.state: "off_sale"}).where(Product.id == goes.id).run()
    with pytest.raises(Conflict) as caught:
        await reprice(mall, priced.request)
    assert caught.value.code == "not_for_sale"
    assert [(error["path"], error["code"]) for error in caught.value.errors] == [("b", "off_sale")]


async def test_reprice_keeps_the_currency(mall, pricing, make_shop, make_goods):
    """A store that changed its currency since does not change that of the request."""
    shop = await make_shop()
    priced = await pricing(want((await make_goods(shop)).sku))
    await db.execute("UPDATE store SET currency = 'USD' WHERE id = $1", shop.id)
    with pytest.raises(Conflict) as caught:
        await reprice(mall, priced.request)
    assert caught.value.errors[0]["code"] == "currency_mismatch"


async def test_one_unit_in_stock_is_for_sale(make_shop, make_goods):
    """A SKU of which a unit is left is handed out as it is."""
    goods = await make_goods(await make_shop(), prices=[1250], stock=1)
    found = await for_sale(goods.sku)
    assert (found.sku_id, found.price) == (goods.sku, 1250)


async def test_what_is_not_for_sale_says_why(make_shop, make_goods):
    """Without stock a SKU is refused with the reason; one that does not exist is not found."""
    with pytest.raises(Conflict) as refused:
        await for_sale((await make_goods(await make_shop(), stock=0)).sku)
    assert (refused.value.code, refused.value.extra) == ("not_for_sale", {"reason": "out_of_stock"})
    with pytest.raises(NotFound) as unknown:
        await for_sale(uuid4())
    assert unknown.value.code == "sku_not_found"
