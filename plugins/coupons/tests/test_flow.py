"""Coupons on their way: claimed, asked for, shown, held, used, and back."""

from __future__ import annotations

from galleria.core.testing.client import ok

from .shopping import ask, of


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
