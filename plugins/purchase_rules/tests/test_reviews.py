from __future__ import annotations

from galleria.core.testing.client import ok, problem


async def paid(buyer, goods, quantity=1):
    placed = await buyer.place((goods, quantity))
    await buyer.pay(placed)
    return placed


def release_of(staff, placed):
    return f"{staff.rules}/reviews/{placed['orders'][0]['id']}/release"


async def waiting(staff):
    return [item["order_id"] for item in (await staff.get("reviews"))["items"]]


async def test_a_large_order_is_sent_when_it_is_released(buyer, ruled, make_goods):
    """At the amount, inclusive, sending is refused until staff release the order; smaller ones are sent at once."""
    staff = await ruled(review_above=2000)
    goods = await make_goods(staff.shop, prices=[1000])
    small, large = await paid(buyer, goods), await paid(buyer, goods, 2)
    ok(await staff.ship(small), 201)
    refused = problem(await staff.ship(large), 409, "step_refused")
    assert [error["code"] for error in refused["errors"]] == ["purchase_rules:review"]
    assert await waiting(staff) == [large["orders"][0]["id"]]
    released = ok(await staff.api.post(release_of(staff, large), key=""))
    assert released["released_by"] == str(staff.shop.owner.id)
    assert ok(await staff.api.post(release_of(staff, large), key="")) == released
    assert await waiting(staff) == []
    ok(await staff.ship(large), 201)


async def test_an_order_the_plugin_was_not_told_of_yet_waits_too(buyer, ruled, make_goods, deliver):
    """Between the payment and the plugin's fact nothing stands on the list: the order's total decides, and staff may
    release it already; the fact that comes later does not make it wait again.
    """
    staff = await ruled(review_above=2000)
    goods = await make_goods(staff.shop, prices=[1000])
    ok(await staff.switch(state="draining"))
    early = await paid(buyer, goods, 2)
    ok(await staff.switch(state="on"))
    fresh = await buyer.place((goods, 2))
    assert await waiting(staff) == []
    for placed in (early, fresh):
        ok(await staff.api.post(release_of(staff, placed), key=""))
    await deliver()
    assert await waiting(staff) == []
    ok(await staff.ship(early), 201)


async def test_an_unreleased_order_of_before_is_refused(buyer, ruled, make_goods):
    """An order that was placed while the plugin was off waits as well, once the plugin is on."""
    staff = await ruled(review_above=2000)
    goods = await make_goods(staff.shop, prices=[1000])
    ok(await staff.switch(state="draining"))
    placed = await paid(buyer, goods, 2)
    ok(await staff.switch(state="on"))
    problem(await staff.ship(placed), 409, "step_refused")


async def test_a_cancelled_order_waits_no_more(buyer, ruled, make_goods, deliver):
    """It leaves the list, and cannot be released; one that was refunded unsent is cancelled too."""
    staff = await ruled(review_above=2000)
    goods = await make_goods(staff.shop, prices=[1000])
    unpaid, refunded = await buyer.place((goods, 2)), await paid(buyer, goods, 3)
    assert len(await waiting(staff)) == 2
    await buyer.cancel(unpaid)
    await staff.refund(refunded)
    await deliver()
    assert await waiting(staff) == []
    for placed in (unpaid, refunded):
        problem(await staff.api.post(release_of(staff, placed), key=""), 409, "purchase_rules_order_cancelled")


async def test_the_amount_in_force_decides(buyer, ruled, make_goods):
    """Raising review_above, or taking it away, frees what waited; an order below it needs no release."""
    staff = await ruled(review_above=2000)
    goods = await make_goods(staff.shop, prices=[1000])
    placed = await paid(buyer, goods, 2)
    assert len(await waiting(staff)) == 1
    for settings in ({"review_above": 2001}, {}):
        ok(await staff.switch(settings=settings))
        assert await waiting(staff) == []
        problem(await staff.api.post(release_of(staff, placed), key=""), 409, "purchase_rules_review_not_needed")
    ok(await staff.ship(placed), 201)


async def test_another_stores_order_is_not_there(buyer, ruled, make_goods, make_shop):
    """Staff of one store release nothing of another's."""
    staff, other = await ruled(review_above=1), await make_goods(await make_shop())
    placed = await buyer.place((other, 1))
    problem(await staff.api.post(release_of(staff, placed), key=""), 404, "order_not_found")
    assert await waiting(staff) == []
