"""Coupons stay in their place, and where the plugin is off, there are none."""

from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.testing.client import problem

from .shopping import Desk, ask, of


@pytest.fixture
async def other(api, mall, make_shop, make_goods, enable_plugin):
    """Another shop where coupons are on, with goods at 60.00."""
    shop = await make_shop()
    await enable_plugin("coupons", shop, {})
    return Desk(api.acting_as(shop.owner), mall, shop), await make_goods(shop, prices=(6_000,))


async def test_a_stores_coupon_does_nothing_in_another_store(shopper, desk, goods, other):
    """Asked for in the other store it is nothing; in its own it takes from its own lines alone."""
    there, theirs = other
    coupon = await shopper.claim(desk, await desk.campaign(threshold=6_001))
    assert await shopper.total(of(theirs), asks=[ask(coupon["id"], there.shop)]) == 6_000
    both = [of(goods), of(theirs)]
    assert await shopper.total(*both, asks=[ask(coupon["id"], desk.shop)]) == 12_000
    assert await shopper.total(of(goods, 2), of(theirs), asks=[ask(coupon["id"], desk.shop)]) == 17_500


async def test_a_stores_code_and_reduction_do_nothing_in_another_store(shopper, desk, other):
    """One code can be two campaigns in two stores."""
    there, theirs = other
    code = uuid4().hex[:12]
    await desk.campaign(how="code", code=code, amount=300)
    await desk.reduction({"at": 1, "amount": 100})
    assert await shopper.total(of(theirs), asks=[ask(code, there.shop)]) == 6_000
    await there.campaign(how="code", code=code, amount=400)
    assert await shopper.total(of(theirs), asks=[ask(code, there.shop)]) == 5_600


async def test_a_stores_coupon_is_none_of_the_malls(shopper, desk, goods, mall_desk):
    """Asked for in the mall, a store's coupon is nothing, and a mall's coupon is nothing in a store."""
    theirs = await shopper.claim(desk, await desk.campaign())
    malls = await shopper.claim(mall_desk, await mall_desk.campaign())
    assert await shopper.total(of(goods), asks=[ask(theirs["id"]), ask(malls["id"], desk.shop)]) == 6_000
    assert await shopper.total(of(goods), asks=[ask(theirs["id"], desk.shop), ask(malls["id"])]) == 5_000
    assert len(await shopper.coupons(desk)) == len(await shopper.coupons(mall_desk)) == 1


async def test_a_campaign_of_another_place_cannot_be_claimed_or_seen(shopper, desk, other, mall_desk):
    """By its id below another store, or below the mall, there is no such campaign."""
    there, _ = other
    campaign = await desk.campaign()
    for place in (there, mall_desk):
        problem(await shopper.try_claim(place, campaign), 404, "coupon_campaign_not_found")
        problem(await place.api.get(f"{place.path}/campaigns/{campaign['id']}"), 404, "coupon_campaign_not_found")


async def test_off_in_a_store_there_are_no_routes_and_no_discounts(api, mall, shopper, make_shop, make_goods):
    """404 for everybody, the list price, and asks that are refused with a reason."""
    shop = await make_shop()
    goods, desk = await make_goods(shop), Desk(api.acting_as(shop.owner), mall, shop)
    for path in (f"{desk.public}/campaigns", f"{desk.public}/mine", f"{desk.path}/campaigns"):
        problem(await desk.api.get(path), 404, "plugin_disabled")
    problem(await desk.api.post(f"{desk.path}/campaigns", desk.body()), 404, "plugin_disabled")
    assert await shopper.total(of(goods)) == 1_999
    asking = {"lines": [of(goods)], "asks": [ask("ANYCODE", shop)]}
    problem(await shopper.api.post("/api/checkouts/preview", asking, key=""), 422, "plugin_off")


@pytest.mark.parametrize("states", [("draining",), ("draining", "off")])
@pytest.mark.parametrize("paid", [True, False])
async def test_facts_of_open_orders_still_arrive(shopper, desk, goods, switch, states, paid):
    """Switched off with a held coupon: no new discount, but the order's end still decides about the coupon."""
    campaign = await desk.campaign()
    await desk.reduction({"at": 1, "amount": 100})
    coupon = await shopper.claim(desk, campaign)
    placed = await shopper.place(of(goods), asks=[ask(coupon["id"], desk.shop)])
    assert placed["total"]["amount"] == 5_400
    for state in states:
        await switch(desk.shop, state)
    assert await shopper.total(of(goods)) == 6_000
    await (shopper.pay(placed) if paid else shopper.cancel(placed))
    await switch(desk.shop, "on")
    assert await desk.counts(campaign) == ((0, 0, 1, 0) if paid else (1, 0, 0, 1))
