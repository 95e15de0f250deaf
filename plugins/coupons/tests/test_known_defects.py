"""What other malls get wrong with coupons and thresholds, one test for each failure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from galleria.core.checkout.cancelling import expire_due
from galleria.core.checkout.placing import place
from galleria.core.testing.client import problem

from .shopping import ask, drafted, of, refund


async def test_unpaid_time_out_loses_the_coupon(mall, clock, shopper, desk, goods):
    """When the time to pay is over, the coupon is the shopper's again."""
    coupon = await shopper.claim(desk, await desk.campaign())
    await shopper.place(of(goods), asks=[ask(coupon["id"], desk.shop)])
    clock.move(timedelta(seconds=mall.settings.payment_ttl + 1))
    await expire_due(mall)
    await mall.outbox.deliver(mall.now())
    assert await shopper.states(desk) == ["claimed"]


async def test_coupon_marked_used_before_the_transaction_so_a_stock_failure_burns_it(
    mall, shopper, make_shopper, desk, make_goods
):
    """The last unit goes between pricing and placing: the claim is undone with the rest, and the coupon is claimed."""
    scarce = await make_goods(desk.shop, prices=(6_000,), stock=1)
    coupon = await shopper.claim(desk, await desk.campaign())
    late = await drafted(shopper, of(scarce), asks=[ask(coupon["id"], desk.shop)])
    await (await make_shopper()).place(of(scarce))
    assert (await place(mall, [late]))[late.id].code == "out_of_stock"
    assert await shopper.states(desk) == ["claimed"]


async def test_another_shoppers_coupon_is_accepted(shopper, make_shopper, desk, goods):
    """Somebody else's coupon id gives no discount, and an order at that total is refused."""
    coupon = await (await make_shopper()).claim(desk, await desk.campaign())
    asks = [ask(coupon["id"], desk.shop)]
    body = await shopper.body(of(goods), asks=asks)
    assert body["expected_total"]["amount"] == 6_000
    body["expected_total"]["amount"] = 5_500
    problem(await shopper.send(body), 409, "total_changed")


async def test_partial_refund_returns_the_coupon_of_any_refunded_line(api, mall, shopper, desk, goods):
    """One of two lines refunded: the coupon stays used. The policy is stated, and kept."""
    coupon = await shopper.claim(desk, await desk.campaign())
    lines = [of(goods, sku=sku) for sku in goods.skus]
    [order] = (await shopper.buy(*lines, asks=[ask(coupon["id"], desk.shop)]))["orders"]
    first, second = await shopper.lines(order)
    await refund(api, mall, desk.shop, order, (first["id"], 1))
    assert await shopper.states(desk) == ["used"]
    await refund(api, mall, desk.shop, order, (second["id"], 1))
    assert await shopper.states(desk) == ["claimed"]


async def test_threshold_tested_on_gross_price_while_the_discount_applies_to_net(shopper, desk, goods):
    """100.00 less a full reduction of 20.00 are 80.00: a coupon from 80.00 on counts, one from 80.01 does not."""
    await desk.reduction({"at": 10_000, "amount": 2_000})
    reached = await shopper.claim(desk, await desk.campaign(threshold=8_000))
    missed = await shopper.claim(desk, await desk.campaign(threshold=8_001))
    lines = [of(goods, sku=sku) for sku in goods.skus]
    assert await shopper.total(*lines, asks=[ask(reached["id"], desk.shop)]) == 7_500
    assert await shopper.total(*lines, asks=[ask(missed["id"], desk.shop)]) == 8_000


async def test_only_the_first_of_several_full_reduction_activities_applies(shopper, desk, goods):
    """Two activities side by side both apply, each measured on the amounts before either."""
    await desk.reduction({"at": 6_000, "amount": 1_000})
    await desk.reduction({"at": 6_000, "amount": 500})
    assert await shopper.total(of(goods)) == 4_500


async def test_negative_payable_from_a_coupon_larger_than_the_total(shopper, desk, goods):
    """100.00 off 60.00 is nothing to pay, not less."""
    coupon = await shopper.claim(desk, await desk.campaign(amount=10_000))
    assert await shopper.total(of(goods), asks=[ask(coupon["id"], desk.shop)]) == 0


async def test_a_ratio_in_floating_point_loses_a_fen(api, mall, shopper, desk, make_goods):
    """A third off three lines: the shares add up to the discount, and refunding all returns what was paid."""
    odd = await make_goods(desk.shop, prices=(101, 33, 7))
    coupon = await shopper.claim(desk, await desk.campaign(kind="percent_off", amount=0, rate_ppm=333_333))
    placed = await shopper.buy(*(of(odd, sku=sku) for sku in odd.skus), asks=[ask(coupon["id"], desk.shop)])
    assert placed["total"]["amount"] == 94
    [order] = placed["orders"]
    for line in await shopper.lines(order):
        await refund(api, mall, desk.shop, order, (line["id"], 1))
    found = (await shopper.api.get(f"/api/orders/{order['id']}")).json()
    assert sum(entry["amount"]["amount"] for entry in found["refunds"]) == 94


@pytest.mark.parametrize("scale", [1, 100_000, 1_000_000])
async def test_percent_scales_differ_between_features(shopper, desk, goods, scale):
    """A coupon and a full reduction of the same rate take the same: parts per million everywhere."""
    coupon = await shopper.claim(desk, await desk.campaign(kind="percent_off", amount=0, rate_ppm=scale))
    by_coupon = await shopper.total(of(goods), asks=[ask(coupon["id"], desk.shop)])
    await desk.reduction({"at": 1, "rate_ppm": scale})
    assert await shopper.total(of(goods)) == by_coupon == 6_000 - round(6_000 * scale / 1_000_000)
