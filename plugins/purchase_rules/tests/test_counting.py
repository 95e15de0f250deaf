from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from galleria.core.checkout.cancelling import expire_due
from galleria.core.plugin_api import db, rules_changed
from galleria.core.testing.client import ok, problem

from .conftest import taken


async def test_a_day_begins_at_local_midnight(clock, make_buyer, ruled, make_goods):
    """In Shanghai the 4th begins at 16:00 UTC of the 3rd: what was bought a minute before counts no more."""
    clock.hold(datetime(2030, 3, 3, 15, 59, tzinfo=UTC))
    buyer, staff = await make_buyer(), await ruled(time_zone="Asia/Shanghai")
    goods = await make_goods(staff.shop)
    await staff.limit(goods, 1, "day")
    await buyer.place((goods, 1))
    problem(await buyer.send((goods, 1)), 409, "check_refused")
    clock.hold(datetime(2030, 3, 3, 16, tzinfo=UTC))
    await buyer.place((goods, 1))
    problem(await buyer.send((goods, 1)), 409, "check_refused")


async def test_others_are_not_affected(make_buyer, ruled, make_goods):
    """Each shopper has a count of their own."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    await staff.limit(goods, 1)
    for buyer in [await make_buyer() for _ in range(3)]:
        await buyer.place((goods, 1))
        problem(await buyer.send((goods, 1)), 409, "check_refused")
    assert await taken(goods) == 3


@pytest.mark.parametrize("expired", [False, True])
async def test_a_cancelled_order_gives_its_units_back(buyer, mall, clock, ruled, make_goods, deliver, expired):
    """Cancelled by the shopper or by its expiry: the units may be bought again; told again, nothing changes."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    await staff.limit(goods, 2)
    placed = await buyer.place((goods, 2))
    assert await taken(goods) == 2
    if expired:
        clock.move(timedelta(seconds=mall.settings.payment_ttl + 1))
        await expire_due(mall)
    else:
        await buyer.cancel(placed)
    await deliver()
    assert await taken(goods) == 0
    await told_again(placed)
    await deliver()
    assert await taken(goods) == 0
    await buyer.place((goods, 2))


async def told_again(placed) -> None:
    """Have every fact of an order delivered to the plugin once more, as after a crash."""
    again = await db.execute(
        "UPDATE outbox_delivery d SET state = 'pending' FROM outbox_event e "
        "WHERE e.id = d.event_id AND e.subject_id = $1 AND d.recipient LIKE 'plugin:purchase_rules%'",
        placed["orders"][0]["id"],
    )
    assert again


async def test_refunded_units_count_no_more(buyer, ruled, make_goods, deliver):
    """Unit by unit, sent or not, once a refund; the cancellation that ends it gives back the rest only."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    await staff.limit(goods, 3)
    placed = await buyer.place((goods, 3))
    await buyer.pay(placed)
    line = next(line for line in (await buyer.order(placed))["lines"] if line["kind"] == "goods")
    await staff.refund(placed, line)
    for _ in range(2):
        await deliver()
        assert await taken(goods) == 2
        await told_again(placed)
    ok(await staff.ship(placed), 201)
    await staff.refund(placed, line)
    await deliver()
    assert await taken(goods) == 1
    await staff.refund(placed)
    await deliver()
    assert (await taken(goods), (await buyer.order(placed))["state"]) == (0, "fulfilling")


async def test_an_order_that_is_refunded_unsent_gives_all_back_once(buyer, ruled, make_goods, deliver):
    """Its refund and its cancellation are both told; together they give back what was taken."""
    staff = await ruled()
    goods = await make_goods(staff.shop, prices=[100, 200])
    await staff.limit(goods, 5, product=True)
    await staff.limit(goods, 2)
    kept = await buyer.place((goods.skus[1], 1))
    placed = await buyer.place((goods, 2), (goods.skus[1], 2))
    await buyer.pay(placed)
    assert await taken(goods) == 1 + 4 + 2
    await staff.refund(placed)
    await deliver()
    assert await taken(goods) == 1
    assert (await buyer.order(placed))["state"] == "cancelled"
    await buyer.cancel(kept)
    await deliver()
    assert await taken(goods) == 0


@pytest.mark.parametrize("states", [["draining"], ["draining", "off"]])
async def test_a_plugin_that_is_switched_off_is_still_told(buyer, ruled, make_goods, deliver, states):
    """An order that was placed while it was on is given back when it is cancelled, whatever the plugin is then."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    await staff.limit(goods, 2)
    placed = await buyer.place((goods, 2))
    for state in states:
        ok(await staff.switch(state=state))
    await buyer.cancel(placed)
    await deliver()
    assert await taken(goods) == 0


async def test_settings_that_do_not_fit_keep_nothing_from_being_given_back(
    buyer, mall, clock, ruled, make_goods, deliver
):
    """After an update whose settings are others, an order that expires still gives its units back."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    await staff.limit(goods, 2)
    await buyer.place((goods, 2))
    await deliver()
    for table in ("plugin_state", "plugin_state_change"):
        sql = f"UPDATE {table} SET settings = '{{\"old\": 1}}' WHERE plugin = 'purchase_rules' AND store_id = $1"
        assert await db.execute(sql, staff.shop.id)
    await rules_changed(mall, "purchase_rules", staff.shop.id)
    clock.move(timedelta(seconds=mall.settings.payment_ttl + 1))
    await expire_due(mall)
    await deliver()
    assert await taken(goods) == 0


async def test_a_limit_that_changes_keeps_what_was_counted(buyer, ruled, make_goods):
    """Lowered below what somebody has, it leaves nothing; raised, it leaves the difference, at once."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    limit = await staff.limit(goods, 3)
    path = f"{staff.rules}/limits/{limit['id']}"
    await buyer.place((goods, 3))
    for version, quantity, left in ((1, 1, 0), (2, 5, 2)):
        ok(await staff.api.put(path, {"quantity": quantity}, headers={"If-Match": f'"v{version}"'}))
        (_, params), *_ = await buyer.refusals((goods, 6))
        assert (params["allowed"], params["left"]) == (quantity, left)
    await buyer.place((goods, 2))
    ok(await staff.api.delete(path, headers={"If-Match": '"v3"'}), 204)
    await buyer.place((goods, 9))
    assert await taken(goods) == 5


async def test_an_order_priced_before_a_limit_was_made_is_refused(buyer, ruled, make_goods):
    """A limit is in force at once: what was shown before it is priced and checked anew."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    body = await buyer.body((goods, 2))
    await staff.limit(goods, 1)
    problem(await buyer.api.post("/api/checkouts", body), 409, "check_refused")
