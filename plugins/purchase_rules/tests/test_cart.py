from __future__ import annotations

from datetime import UTC, datetime

import pytest
from galleria.core.plugin_api import Amount, Offer, Per, Phase
from galleria.core.testing import factories
from galleria.core.testing.client import Api, ok, problem
from galleria.core.testing.inline import inline_plugin, unique_name

from .conftest import Buyer, left, taken

CLOSED = {"time_zone": "Asia/Shanghai", "sale_hours": [{"weekday": "monday", "from": "09:00", "to": "18:00"}]}


async def test_the_minimum_order_is_inclusive(buyer, ruled, make_goods):
    """One unit of 19.99 is below 39.98 and says what is missing; two units reach it."""
    staff = await ruled(minimum_order=3998)
    goods = await make_goods(staff.shop)
    assert await buyer.refusals((goods, 1)) == [
        (
            "purchase_rules:minimum_order",
            {"needs": {"amount": 3998, "currency": "CNY"}, "has": {"amount": 1999, "currency": "CNY"}},
        )
    ]
    refused = problem(await buyer.send((goods, 1)), 409, "check_refused")
    assert refused["errors"][0]["code"] == "purchase_rules:minimum_order"
    assert "39.98" in refused["detail"]
    assert await buyer.refusals((goods, 2)) == []
    await buyer.place((goods, 2))


async def test_the_minimum_of_one_store_is_not_measured_on_another(buyer, ruled, make_goods, make_shop):
    """Each store looks at its own goods; a store without the plugin asks for nothing."""
    staff = await ruled(minimum_order=3998)
    own, other = await make_goods(staff.shop), await make_goods(await make_shop(), prices=[99_999])
    refused = (await buyer.quote((own, 1), (other, 1)))["refused"]
    assert [(one["code"], one["store_id"]) for one in refused] == [("purchase_rules:minimum_order", str(staff.shop.id))]
    assert await buyer.refusals((other, 1)) == []


async def test_nothing_is_sold_outside_the_sale_hours(clock, make_buyer, ruled, make_goods):
    """The refusal says when sales begin; the cart says it too, in the buyer's language; at that moment they do."""
    clock.hold(datetime(2030, 3, 4, 0, 59, tzinfo=UTC))
    buyer, staff = await make_buyer(), await ruled(**CLOSED)
    goods = await make_goods(staff.shop)
    assert await buyer.refusals((goods, 1)) == [
        ("purchase_rules:closed", {"opens_at": "2030-03-04T01:00:00Z", "time_zone": "Asia/Shanghai"})
    ]
    problem(await buyer.send((goods, 1)), 409, "check_refused")
    ok(await buyer.api.post("/api/cart/lines", {"sku_id": str(goods.sku), "quantity": 1}), 201)
    for language, words in (("en", "2030-03-04 09:00"), ("zh-CN", "开售")):
        cart = ok(await buyer.api.having(Accept_Language=language).get("/api/cart"))
        assert words in cart["refused"][0]["detail"]
    clock.hold(datetime(2030, 3, 4, 1, tzinfo=UTC))
    await buyer.place((goods, 1))


async def test_a_limit_is_a_hint_in_the_cart(buyer, ruled, make_goods):
    """What is allowed, what is left and which lines it is about; one unit fewer is fine."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    limit = await staff.limit(goods, 3, "week")
    await buyer.place((goods, 2))
    refused = (await buyer.quote((goods, 2)))["refused"]
    assert [(one["code"], one["line_ids"]) for one in refused] == [("purchase_rules:limit", ["line:0"])]
    assert refused[0]["params"] == {
        "limit_id": limit["id"], "sku_id": str(goods.sku), "product_id": None, "period": "week",
        "allowed": 3, "left": 1, "wanted": 2,
    }  # fmt: skip
    assert left(problem(await buyer.send((goods, 2)), 409, "check_refused")) == 1
    await buyer.place((goods, 1))
    assert await taken(goods, buyer) == 3


async def test_lines_of_one_product_count_together(buyer, ruled, make_goods):
    """A product's limit counts all its SKUs."""
    staff = await ruled()
    goods = await make_goods(staff.shop, prices=[100, 200])
    await staff.limit(goods, 3, "order", product=True)
    one, other = goods.skus
    refused = (await buyer.quote((one, 2), (other, 2)))["refused"]
    assert (refused[0]["line_ids"], refused[0]["params"]["wanted"]) == (["line:0", "line:1"], 4)
    await buyer.place((one, 2), (other, 1))
    await buyer.place((one, 1), (other, 2))


async def test_a_shopper_without_a_name_is_shown_what_an_order_may_have(api, ruled, make_goods):
    """An anonymous cart knows nothing of earlier orders: the whole allowance is left."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    await staff.limit(goods, 2, "day")
    opened = ok(await api.post("/api/cart"), 201)
    nobody = Buyer(None, api.having(X_Cart_Token=opened["token"]), None, None)
    cart = ok(await nobody.api.post("/api/cart/lines", {"sku_id": str(goods.sku), "quantity": 3}), 201)
    assert [(one["code"], one["params"]["left"]) for one in cart["refused"]] == [("purchase_rules:limit", 2)]


async def test_a_plugin_that_is_off_says_nothing(buyer, ruled, make_goods):
    """While it drains, and when it is off, nothing is refused and nothing is counted."""
    staff = await ruled(minimum_order=99_999)
    goods = await make_goods(staff.shop)
    await staff.limit(goods, 1)
    for state in ("draining", "off"):
        ok(await staff.switch(state=state))
        assert await buyer.refusals((goods, 2)) == []
        await buyer.place((goods, 2))
    assert await taken(goods) == 0


async def test_a_shopper_reads_the_terms_beforehand(api, ruled, make_goods):
    """Minimum order, sale hours and the limits on a SKU are open to everybody; nothing else is."""
    staff = await ruled(minimum_order=5000, review_above=1, low_stock_at=3, **CLOSED)
    goods = await make_goods(staff.shop)
    await staff.limit(goods, 2, "day")
    terms = ok(await api.get(f"{staff.rules}/terms", params={"sku_id": str(goods.sku)}))
    assert terms["minimum_order"] == {"amount": 5000, "currency": "CNY"}
    assert terms["sale_hours"] == [{"weekday": "monday", "from": "09:00", "to": "18:00"}]
    assert terms["open"] is (terms["opens_at"] is None)
    assert [(each["period"], each["quantity"]) for each in terms["limits"]] == [("day", 2)]
    assert set(terms) == {"minimum_order", "time_zone", "sale_hours", "open", "opens_at", "limits"}


async def propose_offers():
    """5.00 off everything."""
    effect = Amount(500, Per.ONCE)
    return [Offer(code="o", label="立减", offer_class="coupon", phase=Phase.ORDER_DISCOUNT, effect=effect)]


@pytest.mark.parametrize(("price", "has"), [(5499, 4999), (5500, None)])
async def test_the_minimum_is_measured_after_discounts(processes, buyer, make_shop, make_goods, price, has):
    """With 5.00 off, goods must list at 55.00 to reach 50.00."""
    reducing = inline_plugin(unique_name(), propose_offers)
    mall, api = processes.beside(reducing)
    goods = await make_goods(await make_shop(), prices=[price])
    await factories.enable_plugin(mall, "purchase_rules", goods.shop, {"minimum_order": 5000})
    await factories.enable_plugin(mall, reducing.name, goods.shop)
    here = Buyer(mall, Api(api.http, buyer.api.headers), buyer.person, buyer.address_id)
    assert [params["has"]["amount"] for _, params in await here.refusals((goods, 1))] == ([has] if has else [])
