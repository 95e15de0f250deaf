"""Coupons on their way: claimed, asked for, shown, held, used, and back."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from galleria.core.storage import db
from galleria.core.testing.client import ok
from galleria_coupons import returning

from .shopping import ask, of, refund


async def test_a_claimed_coupon_is_shown_held_and_used(shopper, desk, goods):
    """Claim, ask on the cart, see the discount, place, pay: the coupon is used, and cannot be asked for again."""
    campaign = await desk.campaign(threshold=6_000)
    coupon = await shopper.claim(desk, campaign)
    assert (coupon["state"], coupon["campaign"]["name"]) == ("claimed", "立减五元")
    cart = ok(await shopper.api.post("/api/cart/lines", of(goods)), 201)
    versioned = shopper.api.having(If_Match=f'"v{cart["version"]}"')
    cart = ok(await versioned.put("/api/cart/asks", [ask(coupon["id"], desk.shop)]))
    assert cart["totals"]["total"]["amount"] == 5_500
    [shown] = cart["adjustments"]
    assert (shown["plugin"], shown["label"], shown["reference"]) == ("coupons", "立减五元", f"coupon:{coupon['id']}")
    body = {"address_id": shopper.address_id, "expected_total": cart["totals"]["total"]}
    placed = ok(await shopper.send(body), 201)
    assert await shopper.states(desk) == ["held"]
    await shopper.pay(placed)
    assert await shopper.states(desk) == ["used"]
    assert await desk.counts(campaign) == (0, 0, 1, 0)
    assert await shopper.total(of(goods), asks=[ask(coupon["id"], desk.shop)]) == 6_000


async def test_a_cancelled_checkout_gives_its_coupon_back(shopper, desk, goods):
    """held -> claimed, with its count; the coupon can be used by the next checkout."""
    campaign = await desk.campaign()
    coupon = await shopper.claim(desk, campaign)
    asks = [ask(coupon["id"], desk.shop)]
    await shopper.cancel(await shopper.place(of(goods), asks=asks))
    assert await desk.counts(campaign) == (1, 0, 0, 1)
    await shopper.buy(of(goods), asks=asks)
    assert await desk.counts(campaign) == (0, 0, 1, 1)


async def test_a_code_is_claimed_and_held_when_the_order_is_placed(shopper, desk, goods):
    """A code, in any case and with blanks around it, needs no claim before; of one use each, a shopper has one."""
    code = f"TEA-{uuid4().hex[:8]}"
    campaign = await desk.campaign(how="code", code=code, shopper_limit=1, total_limit=5)
    asks = [ask(f" {code.lower()} ", desk.shop)]
    assert await shopper.total(of(goods), asks=asks) == 5_500
    assert await desk.counts(campaign) == (0, 0, 0, 0)
    placed = await shopper.place(of(goods), asks=asks)
    assert await shopper.states(desk) == ["held"]
    assert await shopper.total(of(goods), asks=asks) == 6_000
    await shopper.pay(placed)
    assert await desk.counts(campaign) == (0, 0, 1, 0)


async def test_a_code_counts_back_when_its_checkout_is_cancelled(shopper, desk, goods):
    """The last use of a code that allows one is there again, for the shopper and for the campaign."""
    code = uuid4().hex[:12]
    campaign = await desk.campaign(how="code", code=code, shopper_limit=1, total_limit=1)
    asks = [ask(code, desk.shop)]
    await shopper.cancel(await shopper.place(of(goods), asks=asks))
    assert await desk.counts(campaign) == (0, 0, 0, 1)
    assert await shopper.states(desk) == []
    await shopper.buy(of(goods), asks=asks)
    assert await desk.counts(campaign) == (0, 0, 1, 1)


@pytest.mark.parametrize("policy", ["returned_when_all_refunded", "never"])
async def test_a_partial_refund_keeps_the_coupon_and_a_whole_one_goes_by_policy(
    api, mall, shopper, desk, goods, policy
):
    """One of two units: used, whatever the policy. The last one: claimed again, or used for good."""
    coupon = await shopper.claim(desk, await desk.campaign(refund_policy=policy))
    [order] = (await shopper.buy(of(goods, 2), asks=[ask(coupon["id"], desk.shop)]))["orders"]
    [line] = await shopper.lines(order)
    await refund(api, mall, desk.shop, order, (line["id"], 1))
    assert await shopper.states(desk) == ["used"]
    await refund(api, mall, desk.shop, order)
    assert await shopper.states(desk) == ["claimed" if policy == "returned_when_all_refunded" else "used"]


async def test_a_code_that_is_given_back_by_a_refund_counts_back(api, mall, shopper, desk, goods):
    """A wholly refunded order leaves the code as if it had not been used."""
    code = uuid4().hex[:12]
    campaign = await desk.campaign(how="code", code=code, shopper_limit=1)
    [order] = (await shopper.buy(of(goods), asks=[ask(code, desk.shop)]))["orders"]
    await refund(api, mall, desk.shop, order)
    assert await desk.counts(campaign) == (0, 0, 0, 1)
    assert await shopper.total(of(goods), asks=[ask(code, desk.shop)]) == 5_500


async def test_a_coupon_that_pays_for_everything_makes_a_paid_order(shopper, desk, goods):
    """Nothing is due: the order is paid at once, and the coupon is used."""
    coupon = await shopper.claim(desk, await desk.campaign(kind="percent_off", amount=0, rate_ppm=1_000_000))
    placed = await shopper.buy(of(goods), asks=[ask(coupon["id"], desk.shop)])
    assert (placed["state"], placed["payment_id"], placed["total"]["amount"]) == ("paid", None, 0)
    assert await shopper.states(desk) == ["used"]


async def test_a_coupon_of_the_mall_is_over_all_stores_and_comes_back_after_the_last_one(
    api, mall, shopper, mall_desk, make_shop, make_goods
):
    """10.00 off over two stores, used once; refunding one order keeps it used, refunding both returns it."""
    shops = [await make_shop(), await make_shop()]
    goods = [await make_goods(shop, prices=(price,)) for shop, price in zip(shops, (3_000, 7_000), strict=True)]
    campaign = await mall_desk.campaign(amount=1_000, threshold=10_000)
    coupon = await shopper.claim(mall_desk, campaign)
    placed = await shopper.buy(*(of(one) for one in goods), asks=[ask(coupon["id"])])
    orders = {order["store"]["slug"]: order for order in placed["orders"]}
    assert [orders[shop.slug]["total"]["amount"] for shop in shops] == [2_700, 6_300]
    assert await mall_desk.counts(campaign) == (0, 0, 1, 0)
    await refund(api, mall, shops[0], orders[shops[0].slug])
    assert await shopper.states(mall_desk) == ["used"]
    await refund(api, mall, shops[1], orders[shops[1].slug])
    assert await shopper.states(mall_desk) == ["claimed"]


async def test_a_cancelled_checkout_over_two_stores_gives_a_mall_coupon_back_once(
    shopper, mall_desk, make_shop, make_goods
):
    """The facts come once an order; the coupon comes back once."""
    goods = [await make_goods(await make_shop(), prices=(3_000,)) for _ in range(2)]
    campaign = await mall_desk.campaign()
    coupon = await shopper.claim(mall_desk, campaign)
    await shopper.cancel(await shopper.place(*(of(one) for one in goods), asks=[ask(coupon["id"])]))
    assert await mall_desk.counts(campaign) == (1, 0, 0, 1)


@pytest.mark.parametrize("share", [0, 250_000, 1_000_000])
async def test_who_bears_a_discount_of_the_mall_is_kept_with_the_order(
    shopper, mall_desk, make_shop, make_goods, share
):
    """The platform's share stands on the order's adjustment, which names the funder."""
    goods = await make_goods(await make_shop())
    coupon = await shopper.claim(mall_desk, await mall_desk.campaign(platform_share_ppm=share))
    placed = await shopper.buy(of(goods), asks=[ask(coupon["id"])])
    row = await db.fetch_row(
        "SELECT funder, platform_share_ppm FROM order_adjustment WHERE order_id = $1 AND plugin = 'coupons'",
        placed["orders"][0]["id"],
    )
    assert (row["funder"], row["platform_share_ppm"]) == ("platform" if share else "store", share)


async def test_coupons_beyond_the_setting_are_not_offered(shopper, desk, shop, goods, enable_plugin):
    """By default one coupon an order, the first that was asked for; with the setting at two, two."""
    coupons = [await shopper.claim(desk, await desk.campaign(amount=amount)) for amount in (300, 500)]
    asks = [ask(coupon["id"], shop) for coupon in coupons]
    assert await shopper.total(of(goods), asks=asks) == 5_700
    await enable_plugin("coupons", shop, {"most_coupons_an_order": 2})
    placed = await shopper.buy(of(goods), asks=asks)
    assert placed["total"]["amount"] == 5_200
    assert await shopper.states(desk) == ["used", "used"]


async def test_facts_that_are_told_again_change_nothing(mall, shopper, desk, goods):
    """Paid, cancelled and refunded, each told twice, and late: every change is a compare-and-set."""
    campaign = await desk.campaign()
    coupon = await shopper.claim(desk, campaign)
    asks = [ask(coupon["id"], desk.shop)]
    first = await shopper.place(of(goods), asks=asks)
    await shopper.cancel(first)
    second = await shopper.buy(of(goods), asks=asks)
    store, order = desk.shop.id, UUID(second["orders"][0]["id"])
    for _ in range(2):
        await returning.release(store, UUID(first["id"]), mall.now())
        await returning.use(store, UUID(first["id"]), mall.now())
        await returning.release(store, UUID(second["id"]), mall.now())
        await returning.use(store, UUID(second["id"]), mall.now())
        await returning.refund(store, UUID(first["id"]), UUID(first["orders"][0]["id"]), mall.now())
    assert await desk.counts(campaign) == (0, 0, 1, 1)
    assert await db.fetch_value("SELECT $1 = ANY (order_ids) FROM coupons_coupon WHERE id = $2", order, coupon["id"])
