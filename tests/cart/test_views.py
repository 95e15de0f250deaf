from __future__ import annotations

from galleria.core.cart.contents import CartContents, CartLineRow
from galleria.core.cart.views import view
from galleria.core.catalog.tables import Product, Sku
from galleria.core.ids import new_id
from galleria.core.inventory.tables import StockLevel
from galleria.core.pricing import engine
from galleria.core.pricing.service import Priced, Wanted, price
from galleria.core.storage import db
from galleria.core.stores.tables import Store
from galleria.core.types import Amount as Off
from galleria.core.types import Funder, Offer, Per, Phase

from .baskets import amounts, lines_of


async def test_a_cart_spans_stores(basket, make_shop, make_goods):
    """Lines are grouped by store, with shipping and totals of each, and totals over all."""
    mine, here, there = await basket(), await make_shop(shipping_fee=800), await make_shop()
    one, other = await make_goods(here, prices=[1999, 500]), await make_goods(there, prices=[300])
    await mine.add(one.skus[0], 2)
    await mine.add(other.sku)
    cart = await mine.add(one.skus[1])
    first, second = cart["stores"]
    assert first["store"] == {"id": str(here.id), "slug": here.slug, "name": f"店 {here.slug}"}
    assert [line["sku_id"] for line in first["lines"]] == [str(sku) for sku in one.skus]
    assert first["shipping"]["amount"] == {"amount": 800, "currency": "CNY"}
    assert amounts(first["totals"]) | {"goods": 4498, "shipping": 800, "due": 5298} == amounts(first["totals"])
    assert amounts(second["totals"]) | {"goods": 300, "shipping": 0, "due": 300} == amounts(second["totals"])
    assert amounts(cart["totals"])["due"] == 5598


async def test_a_line_says_what_it_is(basket, make_shop, make_goods):
    """Code, name, options, image and prices of a line come from the SKU and its product."""
    mine, goods = await basket(), await make_goods(await make_shop(), prices=[1250])
    await db.execute("UPDATE product SET image_urls = $2 WHERE id = $1", goods.id, ["a.jpg", "b.jpg"])
    await db.execute("UPDATE sku SET options = $2 WHERE id = $1", goods.sku, {"size": "L"})
    (line,) = lines_of(await mine.add(goods.sku, 3))
    assert (line["product_id"], line["image_url"], line["options"]) == (str(goods.id), "a.jpg", {"size": "L"})
    assert (line["unit_price"]["amount"], line["list_total"]["amount"], line["total"]["amount"]) == (1250, 3750, 3750)


async def test_names_are_in_the_language_of_the_request(basket, make_shop, make_goods):
    """Accept-Language chooses the names of stores and goods."""
    mine, shop = await basket(), await make_shop()
    await mine.add((await make_goods(shop)).sku)
    cart = await mine.read(headers={"Accept-Language": "en"})
    assert cart["stores"][0]["store"]["name"] == f"Shop {shop.slug}"
    assert lines_of(cart)[0]["name"].startswith("Product ")


async def test_a_line_that_is_not_selected_is_shown_but_not_priced(basket, make_shop, make_goods):
    """It adds nothing to the totals, nor does its store when no other line is selected."""
    mine, shop = await basket(), await make_shop(shipping_fee=800)
    line_id = lines_of(await mine.add((await make_goods(shop, prices=[500])).sku, 2))[0]["line_id"]
    cart = await mine.change(line_id, selected=False)
    (line,) = lines_of(cart)
    assert (line["selected"], line["list_total"]["amount"], line["total"]) == (False, 1000, None)
    assert set(amounts(cart["totals"]).values()) == set(amounts(cart["stores"][0]["totals"]).values()) == {0}


async def test_a_changed_price_is_pointed_out(basket, make_shop, make_goods):
    """A price that is no longer the one at which the line was added is marked, until the SKU is added again."""
    mine, sku = await basket(), (await make_goods(await make_shop(), prices=[1000])).sku
    assert lines_of(await mine.add(sku))[0]["price_changed"] is False
    await Sku.update({Sku.price: 1200}).where(Sku.id == sku).run()
    cart = await mine.read()
    (line,) = lines_of(cart)
    assert (line["price_changed"], line["seen_price"]["amount"], line["unit_price"]["amount"]) == (True, 1000, 1200)
    assert amounts(cart["totals"])["due"] == 1200
    assert lines_of(await mine.add(sku))[0]["price_changed"] is False


async def test_what_became_unavailable_is_listed_with_its_reason(basket, make_shop, make_goods):
    """Each line that cannot be bought any more says why; the others are priced without it."""
    mine, shop, closing, dollars = await basket(), await make_shop(), await make_shop(), await make_shop(currency="USD")
    stays, off, gone, sold_out, scarce = [await make_goods(shop, prices=[700]) for _ in range(5)]
    elsewhere, foreign = await make_goods(closing), await make_goods(dollars)
    for goods in (stays, off, gone, sold_out, scarce, elsewhere, foreign):
        await mine.add(goods.sku, 3)
    await Product.update({Product.state: "off_sale"}).where(Product.id == off.id).run()
    await db.execute("DELETE FROM sku WHERE id = $1", gone.sku)
    await StockLevel.update({StockLevel.held: 100}).where(StockLevel.sku_id == sold_out.sku).run()
    await StockLevel.update({StockLevel.held: 98}).where(StockLevel.sku_id == scarce.sku).run()
    await Store.update({Store.state: "closed"}).where(Store.id == closing.id).run()
    cart = await mine.read()
    assert [line["sku_id"] for line in lines_of(cart)] == [str(stays.sku)]
    assert {line["sku_id"]: (line["reason"], line["available"]) for line in cart["unavailable"]} == {
        str(off.sku): ("off_sale", None),
        str(gone.sku): ("deleted", None),
        str(sold_out.sku): ("out_of_stock", 0),
        str(scarce.sku): ("insufficient_stock", 2),
        str(elsewhere.sku): ("store_closed", None),
        str(foreign.sku): ("currency_mismatch", None),
    }
    assert amounts(cart["totals"])["due"] == 2100
    named = {line["sku_id"]: line["name"] for line in cart["unavailable"]}
    assert named[str(gone.sku)] == ""
    assert all(name for sku, name in named.items() if sku != str(gone.sku))
    for goods in (sold_out, scarce):
        await StockLevel.update({StockLevel.held: 0}).where(StockLevel.sku_id == goods.sku).run()


async def test_an_unavailable_line_can_be_reduced_or_taken_out(basket, make_shop, make_goods):
    """A line beyond the stock is bought again once its quantity fits, and can always be removed."""
    mine, goods = await basket(), await make_goods(await make_shop(), stock=2)
    cart = await mine.add(goods.sku, 5)
    (line,) = cart["unavailable"]
    assert (line["reason"], line["available"]) == ("insufficient_stock", 2)
    cart = await mine.change(line["line_id"], quantity=2)
    assert (len(lines_of(cart)), cart["unavailable"]) == (1, [])
    await Product.update({Product.state: "off_sale"}).where(Product.id == goods.id).run()
    cart = await mine.take_out(line["line_id"])
    assert (cart["stores"], cart["unavailable"]) == ([], [])


async def test_a_read_carries_an_etag(basket, make_shop, make_goods):
    """An unchanged cart is 304; a change of the cart, of a price or of the language gives another tag."""
    mine, sku = await basket(), (await make_goods(await make_shop())).sku
    await mine.add(sku)
    response = await mine.api.get("/api/cart")
    tag = response.headers["etag"]
    assert response.headers["cache-control"] == "private, no-cache"
    assert (await mine.api.get("/api/cart", headers={"If-None-Match": tag})).status_code == 304
    other = await mine.api.get("/api/cart", headers={"If-None-Match": tag, "Accept-Language": "en"})
    assert other.status_code == 200
    await Sku.update({Sku.price: 1}).where(Sku.id == sku).run()
    assert (await mine.api.get("/api/cart", headers={"If-None-Match": tag})).status_code == 200


async def test_a_read_is_a_handful_of_statements(basket, make_shop, make_goods, statements):
    """Session, cart, SKUs, stores, stock: five, for one line as for twelve lines of three stores."""
    mine = await basket()
    await mine.add((await make_goods(await make_shop())).sku)
    with statements() as few:
        await mine.read()
    for _ in range(2):
        for sku in (await make_goods(await make_shop(), prices=[100] * 6)).skus:
            await mine.add(sku)
    with statements() as many:
        await mine.read()
    assert len(few) == len(many) == 5


async def test_an_applied_offer_is_shown(mall, make_shop, make_goods):
    """Adjustments show their label and signed amount, and a line's total is what is left after them."""
    shop = await make_shop()
    goods = await make_goods(shop, prices=[1000])
    line = CartLineRow(id=new_id(), store_id=shop.id, sku_id=goods.sku, quantity=3, seen_price=1000)
    wanted = Wanted(line_id=str(line.id), sku_id=goods.sku, quantity=3)
    priced = await price(mall, [wanted], shopper_id=None, locale="en")
    offer = Offer(
        plugin="spring", code="ten", label="10 off each", offer_class="activity", phase=Phase.LINE_DISCOUNT,
        effect=Off(10, Per.UNIT), store_id=shop.id, funder=Funder.STORE,
    )  # fmt: skip
    quote = engine.price(priced.request, [offer])
    discounted = Priced(request=priced.request, quote=quote, unavailable=(), goods=priced.goods, stores=priced.stores)
    shown = view(CartContents(cart_id=new_id(), version=1, lines=(line,)), discounted, "en")
    (adjustment,) = shown.adjustments
    assert (adjustment.label, adjustment.amount.amount, adjustment.phase) == ("10 off each", -30, "line_discount")
    assert adjustment.store_id == shop.id
    assert shown.stores[0].lines[0].total.amount == 2970
    assert shown.totals.discounts.amount == 30
