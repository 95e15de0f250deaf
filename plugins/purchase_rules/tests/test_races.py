from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from galleria.core.checkout.basket import Basket
from galleria.core.checkout.drafts import Makers, draft
from galleria.core.checkout.placing import place
from galleria.core.orders.numbers import new_number
from galleria.core.plugin_api import Refusal, bulk, db, new_id
from galleria.core.pricing.service import Wanted, price
from galleria.core.testing.shopping import ADDRESS
from galleria_purchase_rules import claiming, counters, sharing
from galleria_purchase_rules.sharing import Key

from .conftest import taken


async def drafted(mall, buyer, *wanted):
    """A checkout that is priced and checked, and not placed yet."""
    named = tuple(Wanted(line_id=f"line:{i}", sku_id=goods.sku, quantity=n) for i, (goods, n) in enumerate(wanted))
    priced = await price(mall, named, shopper_id=buyer.person.id, locale="en", destination=ADDRESS)
    assert not priced.refused
    basket, makers = Basket(wanted=named, address=ADDRESS), Makers(new_id, new_number)
    return draft(priced, basket, buyer.person.id, {}, now=mall.now(), ttl=mall.settings.payment_ttl, make=makers)


async def orders_of(buyer) -> int:
    return await db.fetch_value("SELECT count(*) FROM shop_order WHERE account_id = $1", buyer.person.id)


@pytest.fixture
async def scene(ruled, make_goods):
    """A shop with plenty of goods, of which each shopper gets three a week."""
    staff = await ruled()
    goods = await make_goods(staff.shop, stock=1000)
    await staff.limit(goods, 3, "week")
    return goods


async def count_first(ctx, orders):
    """The control: the sum is read, and then the use is written; nothing is locked in between."""
    refused, limit_id = (
        {},
        await db.fetch_value("SELECT id FROM purchase_rules_limit WHERE store_id = $1", ctx.store_id),
    )
    for order in orders:
        line, key = order.lines[0], Key(limit_id, order.account_id, ctx.now.date())
        sql = "SELECT COALESCE(sum(quantity), 0)::int FROM purchase_rules_use WHERE store_id = $1 AND account_id = $2"
        if await db.fetch_value(sql, ctx.store_id, order.account_id) + line.quantity > 3:
            refused[order.id] = Refusal(code="limit", detail="")
            continue
        await counters.locked(ctx.store_id, {key: 1000})
        use = {"store_id": ctx.store_id, "limit_id": limit_id, "account_id": order.account_id, "given_back": 0}
        use |= {"period_start": key.start, "order_id": order.id, "line_id": line.id, "quantity": line.quantity}
        await bulk.insert("purchase_rules_use", [{"id": new_id(), **use}])
        await counters.take(ctx.store_id, {key: line.quantity}, {key: 1000})
    return refused


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
async def test_sixty_four_checkouts_of_one_shopper_get_three_units(buyer, make_buyer, scene, monkeypatch, guarded):
    """All are sent at once, each shown a price before: three are placed, the rest is told that nothing is left, and
    another shopper is served in the middle of it. The control, which counts before it writes, places more.
    """
    if not guarded:
        monkeypatch.setattr(claiming, "claim", count_first)
    other = await make_buyer()
    bodies = [await buyer.body((scene, 1))] * 64
    anothers = await other.body((scene, 3))
    sent = [buyer.api.post("/api/checkouts", body) for body in bodies]
    *answers, theirs = await asyncio.gather(*sent, other.api.post("/api/checkouts", anothers))
    found = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
    placed = await orders_of(buyer)
    if not guarded:
        assert placed > 3
        return
    assert theirs.status_code == 201
    assert placed == found[201, None] == 3
    assert set(found) <= {(201, None), (409, "claim_refused"), (409, "check_refused")}
    refused = [answer.json()["errors"][0] for answer in answers if answer.status_code == 409]
    assert {error["code"] for error in refused} == {"purchase_rules:limit"}
    assert all(error["params"]["left"] <= 3 and error["params"]["wanted"] == 1 for error in refused)
    assert (await taken(scene, buyer), await taken(scene, other)) == (3, 3)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
async def test_one_batch_serves_a_shopper_in_order_of_arrival(mall, buyer, make_buyer, scene, monkeypatch, guarded):
    """Of five checkouts that are placed together, one shopper's 2, 2, 1 and 1 units get the first and the third;
    another shopper's is untouched. The control, which refuses nobody, places all.
    """
    if not guarded:
        monkeypatch.setattr(sharing, "shortages", lambda wish, used, calendar: [])
        monkeypatch.setattr(counters, "take", nothing)
    other = await make_buyer()
    whose = [(buyer, 2), (buyer, 2), (other, 3), (buyer, 1), (buyer, 1)]
    drafts = [await drafted(mall, who, (scene, count)) for who, count in whose]
    refused = await place(mall, drafts)
    if not guarded:
        assert refused == {}
        await db.execute("DELETE FROM purchase_rules_use WHERE store_id = $1", scene.shop.id)
        return
    assert set(refused) == {drafts[1].id, drafts[4].id}
    assert {(problem.code, problem.errors[0]["code"]) for problem in refused.values()} == {
        ("claim_refused", "purchase_rules:limit")
    }
    assert (await taken(scene, buyer), await taken(scene, other)) == (3, 3)
    assert await db.fetch_value("SELECT held FROM stock_level WHERE sku_id = $1", scene.sku) == 6


async def nothing(*_) -> None:
    """Instead of a guard."""


async def test_batches_that_share_shoppers_do_not_stand_in_each_others_way(mall, make_buyer, ruled, make_goods):
    """Batches over two limited SKUs and six shoppers in opposite orders, at once: none fails, nobody has too much."""
    staff = await ruled()
    first, second = [await make_goods(staff.shop, stock=1000) for _ in range(2)]
    for goods in (first, second):
        await staff.limit(goods, 3, "day")
    buyers = [await make_buyer() for _ in range(6)]
    forth = [await drafted(mall, buyer, (first, 1), (second, 1)) for buyer in buyers for _ in range(2)]
    back = [await drafted(mall, buyer, (second, 1), (first, 1)) for buyer in reversed(buyers) for _ in range(2)]
    refused = await asyncio.gather(place(mall, forth), place(mall, back))
    assert {problem.code for one in refused for problem in one.values()} == {"claim_refused"}
    assert sum(len(one) for one in refused) == len(buyers)
    assert [await orders_of(buyer) for buyer in buyers] == [3] * 6
    assert await taken(first) == 36


async def test_a_checkout_that_is_refused_elsewhere_takes_nothing(mall, buyer, scene, make_shop, make_goods):
    """Two checkouts over two stores, of which one store has a single unit: the loser's units of the limit are free."""
    scarce = await make_goods(await make_shop(), stock=1)
    drafts = [await drafted(mall, buyer, (scene, 2), (scarce, 1)) for _ in range(2)]
    refused = await place(mall, [*drafts, await drafted(mall, buyer, (scene, 1))])
    assert [problem.code for problem in refused.values()] == ["claim_refused"]
    assert await taken(scene, buyer) == 3


async def test_a_limit_that_changes_between_pricing_and_placing_is_seen(mall, buyer, scene, ruled, make_goods):
    """What was priced under other limits is not placed: the buyer is asked to look again."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    late = await drafted(mall, buyer, (goods, 2))
    await staff.limit(goods, 1)
    refused = await place(mall, [late, await drafted(mall, buyer, (scene, 1))])
    assert {key: problem.code for key, problem in refused.items()} == {late.id: "offers_changed"}


async def test_giving_back_and_taking_at_once_adds_up(mall, buyer, scene, deliver):
    """A shopper cancels and buys anew, over and over, while facts are delivered: the count is that of open orders."""
    for _ in range(3):
        placed = [await buyer.place((scene, 1)) for _ in range(3)]
        await asyncio.gather(*(buyer.cancel(one) for one in placed))
        body = {**buyer.basket((scene, 1)), "expected_total": {"amount": 1999, "currency": "CNY"}}
        await asyncio.gather(deliver(), *(buyer.api.post("/api/checkouts", body) for _ in range(4)))
        await deliver()
        open_ = await db.fetch_value(
            "SELECT count(*) FROM shop_order WHERE account_id = $1 AND state = 'placed'", buyer.person.id
        )
        assert await taken(scene, buyer) == open_ <= 3
        await cancel_all(buyer)
        await deliver()


async def cancel_all(buyer) -> None:
    sql = "SELECT id FROM checkout WHERE account_id = $1 AND state = 'placed'"
    for row in await db.fetch(sql, buyer.person.id):
        await buyer.cancel({"id": row["id"]})
