from __future__ import annotations

import pytest
from galleria.core.plugin_api import db
from galleria.core.testing.client import ok


def amounts(quote, *names):
    return tuple(quote["totals"][name]["amount"] for name in names)


async def test_an_order_costs_the_flat_rate(buyer, make_shop, make_goods, enable_plugin):
    """The rate replaces the store's own fee in the quote and in the order, with a row of its own."""
    goods = await make_goods(await make_shop(shipping_fee=500), prices=[5000])
    await enable_plugin("flat_rates", goods.shop, {"rate": 800, "free_from": 9900})
    assert amounts(await buyer.quote(goods), "goods", "shipping", "total") == (5000, 800, 5800)
    order = await buyer.order(await buyer.place(goods))
    assert order["total"]["amount"] == 5800
    assert [line["total"]["amount"] for line in order["lines"] if line["kind"] == "shipping"] == [800]


@pytest.mark.parametrize(("price", "shipping"), [(9899, 800), (9900, 0), (9901, 0)])
async def test_sending_is_free_above_the_amount(buyer, make_shop, make_goods, enable_plugin, price, shipping):
    """One unit below the threshold costs the rate; at it and above, sending is free, though the store has a fee."""
    goods = await make_goods(await make_shop(shipping_fee=500), prices=[price])
    await enable_plugin("flat_rates", goods.shop, {"rate": 800, "free_from": 9900})
    assert amounts(await buyer.quote(goods), "shipping", "total") == (shipping, price + shipping)
    placed = await buyer.place(goods)
    assert placed["total"]["amount"] == price + shipping


async def test_weight_is_charged_beyond_the_first(buyer, make_shop, make_goods, enable_plugin):
    """The weight of all units counts: three of 700 g are 2.1 kg, two kilograms begun beyond the first."""
    goods = await make_goods(await make_shop(), prices=[100])
    await db.execute("UPDATE sku SET weight_grams = 700 WHERE id = $1 AND store_id = $2", goods.sku, goods.shop.id)
    await enable_plugin("flat_rates", goods.shop, {"rate": 800, "per_kilogram": 200})
    assert amounts(await buyer.quote(goods), "shipping") == (800,)
    assert amounts(await buyer.quote(goods, 3), "shipping") == (1200,)


async def test_tax_on_top_is_added(buyer, make_shop, make_goods, enable_plugin):
    """13 % are added to goods and shipping, rounded half up in each row; the order's total has them."""
    goods = await make_goods(await make_shop(), prices=[1999])
    settings = {"rate": 800, "tax_rate_ppm": 130_000, "tax_included": False}
    await enable_plugin("flat_rates", goods.shop, settings)
    assert amounts(await buyer.quote(goods), "tax", "total") == (260 + 104, 1999 + 800 + 364)
    placed = await buyer.place(goods)
    assert placed["total"]["amount"] == 3163


async def test_untaxed_shipping_bears_no_tax_at_all(buyer, make_shop, make_goods, enable_plugin):
    """With tax_shipping false only goods are taxed; the store's own included rate does not fall on shipping."""
    goods = await make_goods(await make_shop(), prices=[1999])
    await db.execute("UPDATE store SET tax_rate_ppm = 60000 WHERE id = $1", goods.shop.id)
    settings = {"rate": 800, "tax_rate_ppm": 130_000, "tax_included": False, "tax_shipping": False}
    await enable_plugin("flat_rates", goods.shop, settings)
    order = await buyer.order(await buyer.place(goods))
    assert order["total"]["amount"] == 1999 + 260 + 800
    found = await db.fetch("SELECT kind, included_tax, total FROM order_line WHERE store_id = $1", goods.shop.id)
    assert {row["kind"]: (row["included_tax"], row["total"]) for row in found} == {
        "goods": (0, 2259),
        "shipping": (0, 800),
    }


async def test_included_tax_changes_no_price(buyer, make_shop, make_goods, enable_plugin):
    """Included tax is noted on the rows and adds nothing: 13 % of 11.30 are 1.30."""
    goods = await make_goods(await make_shop(), prices=[1130])
    await enable_plugin("flat_rates", goods.shop, {"rate": 0, "tax_rate_ppm": 130_000})
    placed = await buyer.place(goods)
    assert placed["total"]["amount"] == 1130
    sql = "SELECT included_tax FROM order_line WHERE store_id = $1 AND kind = 'goods'"
    assert await db.fetch_value(sql, goods.shop.id) == 130


async def test_a_refund_gives_the_shipping_back(buyer, api, make_shop, make_goods, enable_plugin):
    """The shipping row is refunded like others, with the tax on it; goods and shipping together return all."""
    goods = await make_goods(await make_shop(), prices=[5000])
    await enable_plugin("flat_rates", goods.shop, {"rate": 800, "tax_rate_ppm": 100_000, "tax_included": False})
    placed = await buyer.place(goods)
    await buyer.pay(placed)
    order, staff = await buyer.order(placed), api.acting_as(goods.shop.owner)
    path = f"{goods.shop.path}/staff/orders/{order['id']}/refunds"
    row = next(line for line in order["lines"] if line["kind"] == "shipping")
    refunded = ok(await staff.post(path, {"lines": [{"line_id": row["id"], "quantity": 1}]}), 201)
    assert refunded["refunds"][0]["amount"]["amount"] == 880
    refunded = ok(await staff.post(path, {}), 201)
    assert sum(refund["amount"]["amount"] for refund in refunded["refunds"]) == placed["total"]["amount"] == 6380


async def test_switched_off_the_stores_own_fee_counts(buyer, change, make_shop, make_goods, enable_plugin):
    """A plugin that drains or is off prices nothing: the flat fee of the store is back."""
    goods = await make_goods(await make_shop(shipping_fee=500), prices=[5000])
    assert amounts(await buyer.quote(goods), "shipping") == (500,)
    await enable_plugin("flat_rates", goods.shop, {"rate": 800})
    assert amounts(await buyer.quote(goods), "shipping") == (800,)
    for state in ("draining", "off"):
        ok(await change(goods.shop.owner, f"{goods.shop.path}/staff/plugins", state=state))
        assert amounts(await buyer.quote(goods), "shipping") == (500,)


async def test_labels_follow_the_language(buyer, make_shop, make_goods, enable_plugin):
    """The tax is called Tax in English and 税 in Chinese."""
    goods = await make_goods(await make_shop(), prices=[5000])
    await enable_plugin("flat_rates", goods.shop, {"rate": 800, "tax_rate_ppm": 100_000, "tax_included": False})
    for language, label in (("en", "Tax"), ("zh-CN", "税")):
        buyer.api = buyer.api.having(Accept_Language=language)
        assert [one["label"] for one in (await buyer.quote(goods))["adjustments"]] == [label]
