from __future__ import annotations

import asyncio

from galleria.core.plugin_api import db, rules_changed
from galleria.core.testing.client import ok, problem

from .test_quotes import amounts


async def test_a_stores_rate_goes_before_the_malls(buyer, for_the_mall, make_shop, make_goods, enable_plugin):
    """A store with rates of its own is not priced by the mall, though the mall is cheaper; others are."""
    own, other = await make_goods(await make_shop()), await make_goods(await make_shop())
    await enable_plugin("flat_rates", own.shop, {"rate": 900})
    async with for_the_mall(rate=700):
        assert amounts(await buyer.quote(own), "shipping") == (900,)
        assert amounts(await buyer.quote(other), "shipping") == (700,)
    assert amounts(await buyer.quote(other), "shipping") == (0,)


async def test_a_stores_tax_replaces_the_malls(buyer, for_the_mall, make_shop, make_goods, enable_plugin):
    """Two rates of this plugin never add up; a store that leaves tax alone has the mall's."""
    own, silent = [await make_goods(await make_shop(), prices=[1000]) for _ in range(2)]
    await enable_plugin("flat_rates", own.shop, {"rate": 0, "tax_rate_ppm": 60_000, "tax_included": False})
    await enable_plugin("flat_rates", silent.shop, {"rate": 0})
    async with for_the_mall(rate=0, tax_rate_ppm=130_000, tax_included=False):
        assert amounts(await buyer.quote(own), "tax") == (60,)
        assert amounts(await buyer.quote(silent), "tax") == (130,)


async def spoil(mall, shop):
    """As after an update to a version with other settings: what was saved does not fit."""
    for table in ("plugin_state", "plugin_state_change"):
        sql = f"UPDATE {table} SET settings = '{{\"price\": 1}}' WHERE plugin = 'flat_rates' AND store_id = $1"
        assert await db.execute(sql, shop.id)
    await rules_changed(mall, "flat_rates", shop.id)


async def test_settings_that_do_not_fit_stop_ordering(mall, api, buyer, change, make_shop, make_goods, enable_plugin):
    """Ordering is refused and the plugin named; the cart says so; saving settings that fit mends it."""
    goods = await make_goods(await make_shop(shipping_fee=500), prices=[5000])
    await enable_plugin("flat_rates", goods.shop, {"rate": 800})
    await spoil(mall, goods.shop)
    body = {**buyer.basket(goods), "expected_total": {"amount": 5500, "currency": "CNY"}}
    refused = problem(await buyer.api.post("/api/checkouts", body), 503, "plugin_failed")
    assert (refused["plugin"], refused["store_id"]) == ("flat_rates", str(goods.shop.id))
    ok(await buyer.api.post("/api/cart/lines", {"sku_id": str(goods.sku), "quantity": 1}), 201)
    shown = ok(await buyer.api.get("/api/cart"))["refused"]
    assert {(one["plugin"], one["code"]) for one in shown} == {("flat_rates", "plugin_failed")}
    ok(await change(goods.shop.owner, f"{goods.shop.path}/staff/plugins", settings={"rate": 900}))
    mall.plugins.breakers.succeeded((goods.shop.id, "flat_rates"))
    assert (await buyer.place(goods))["total"]["amount"] == 5900


async def test_a_spoilt_store_does_not_spoil_the_mall(mall, buyer, for_the_mall, make_shop, make_goods, enable_plugin):
    """While one store's settings do not fit, the mall's rates are quoted to others, on and on."""
    spoilt, other = await make_goods(await make_shop()), await make_goods(await make_shop(), prices=[1000])
    await enable_plugin("flat_rates", spoilt.shop, {"rate": 800})
    await spoil(mall, spoilt.shop)
    async with for_the_mall(rate=700, tax_rate_ppm=130_000, tax_included=False):
        await asyncio.gather(*(buyer.quote(spoilt) for _ in range(6)))
        assert amounts(await buyer.quote(other), "shipping", "tax") == (700, 221)


async def test_settings_are_checked_when_they_are_saved(change, make_shop):
    """What does not fit is refused with its path, and the plugin cannot be switched on without a rate."""
    shop = await make_shop()
    path = f"{shop.path}/staff/plugins"
    problem(await change(shop.owner, path, state="on"), 422, "settings_invalid")
    refused = problem(await change(shop.owner, path, settings={"rate": -5}), 422, "settings_invalid")
    assert refused["errors"][0]["path"] == "settings.rate"
    ok(await change(shop.owner, path, state="on", settings={"rate": 5}))
