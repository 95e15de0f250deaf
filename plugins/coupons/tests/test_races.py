"""Many at once: limits hold exactly. Each race has a control with the guard off, which must break the limit."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import pytest
from galleria.core.checkout.placing import place
from galleria.core.storage import db
from galleria.core.testing.client import ok
from galleria_coupons import claiming, holding, locking, returning

from .shopping import ask, drafted, of, word_of

CROWD = 64

READ_THEN_COUNT_CAMPAIGN = """
SELECT FROM coupons_campaign m
WHERE id = $1 AND store_id IS NOT DISTINCT FROM $2 AND $3::timestamptz IS NOT NULL AND $4::int IS NOT NULL
  AND (SELECT count(*) FROM coupons_coupon c WHERE c.campaign_id = m.id) <= COALESCE(m.total_limit, 1000)
"""
READ_THEN_COUNT_SHOPPER = """
SELECT count(*)::int FROM coupons_coupon
WHERE campaign_id = $3 AND account_id = $4 AND store_id IS NOT DISTINCT FROM $2 AND $1::uuid IS NOT NULL
HAVING count(*) <= COALESCE($5::int, 1000)
"""
COUNTED_BY_READING = "(SELECT count(*) FROM coupons_coupon c WHERE c.campaign_id = m.id AND c.state <> 'returned')"


@pytest.fixture
def without_hold_guard(monkeypatch):
    """Coupons are read, and then written without a condition."""
    monkeypatch.setattr(locking, "_COUPONS", locking._COUPONS.replace("FOR UPDATE OF c", ""))
    monkeypatch.setattr(holding, "_HOLD", holding._HOLD.replace("AND c.state = 'claimed'", ""))


@pytest.fixture
def without_claim_guard(monkeypatch):
    """Coupons are counted by reading them, and then written."""
    monkeypatch.setattr(claiming, "_COUNT_CAMPAIGN", READ_THEN_COUNT_CAMPAIGN)
    monkeypatch.setattr(claiming, "_COUNT_SHOPPER", READ_THEN_COUNT_SHOPPER)


@pytest.fixture
def without_code_guard(monkeypatch):
    """Uses of a code are counted by reading them, and then written."""
    read = locking._CAMPAIGNS.replace("FOR NO KEY UPDATE", "").replace("m.claimed", COUNTED_BY_READING)
    monkeypatch.setattr(locking, "_CAMPAIGNS", read.replace(COUNTED_BY_READING, f"{COUNTED_BY_READING} AS claimed"))
    kept = holding._COUNT_CAMPAIGNS.replace("m.claimed + n.times <= m.total_limit", "true")
    monkeypatch.setattr(holding, "_COUNT_CAMPAIGNS", kept.replace("claimed = m.claimed + n.times", "version = version"))


async def placed_of(mall, drafts):
    """Place all at once, each in a transaction of its own: how many there are, and why the others are not."""
    answers = await asyncio.gather(*(place(mall, [draft]) for draft in drafts))
    words = Counter(word_of(problem) for refused in answers for problem in refused.values())
    return len(drafts) - words.total(), words


async def one_coupon_on_many(shopper, desk, goods):
    coupon = await shopper.claim(desk, await desk.campaign())
    drafts = [await drafted(shopper, of(goods), asks=[ask(coupon["id"], desk.shop)]) for _ in range(CROWD)]
    return coupon, drafts


async def cancel_all(shopper):
    """Take back what a control did."""
    for row in await db.fetch("SELECT id FROM checkout WHERE account_id = $1 AND state = 'placed'", shopper.person.id):
        await shopper.cancel(row)


async def test_one_coupon_on_many_concurrent_orders(shopper, desk, goods):
    """64 requests with one coupon: one order at the price with it, 63 clear refusals, the coupon held once."""
    campaign = await desk.campaign()
    coupon = await shopper.claim(desk, campaign)
    body = await shopper.body(of(goods), asks=[ask(coupon["id"], desk.shop)])
    answers = await asyncio.gather(*(shopper.send(body) for _ in range(CROWD)))
    codes = Counter(answer.json().get("code", answer.status_code) for answer in answers)
    assert codes.pop(201) == 1
    assert codes.total() == CROWD - 1
    assert set(codes) <= {"claim_refused", "total_changed"}
    assert await desk.counts(campaign) == (0, 1, 0, 0)


async def test_one_coupon_in_many_priced_checkouts_is_held_once(mall, shopper, desk, goods):
    """All 64 were priced with the coupon before the first was placed: one gets it, 63 hear that it is used."""
    coupon, drafts = await one_coupon_on_many(shopper, desk, goods)
    assert await placed_of(mall, drafts) == (1, {"already_used": CROWD - 1})
    held = await db.fetch_row("SELECT state, checkout_id FROM coupons_coupon WHERE id = $1", coupon["id"])
    [order] = await db.fetch("SELECT checkout_id FROM shop_order WHERE account_id = $1", shopper.person.id)
    assert (held["state"], held["checkout_id"]) == ("held", order["checkout_id"])


async def test_control_without_the_guard_one_coupon_is_used_by_several(mall, shopper, desk, goods, without_hold_guard):
    """Read, check, write: several orders get the same coupon."""
    _, drafts = await one_coupon_on_many(shopper, desk, goods)
    placed, _ = await placed_of(mall, drafts)
    await cancel_all(shopper)
    assert placed > 1


async def claims(shoppers, desk, campaign):
    answers = await asyncio.gather(*(shopper.try_claim(desk, campaign) for shopper in shoppers))
    codes = Counter(answer.json().get("code", answer.status_code) for answer in answers)
    return codes.pop(201, 0), codes


async def forget(campaign):
    """Take back what a control wrote beyond the limits."""
    await db.execute("DELETE FROM coupons_coupon WHERE campaign_id = $1", campaign["id"])
    await db.execute("DELETE FROM coupons_tally WHERE campaign_id = $1", campaign["id"])


async def test_limit_nine_and_64_claims_give_nine(make_shopper, desk):
    """Nine of 64 shoppers get one, 55 hear that all are gone."""
    campaign = await desk.campaign(total_limit=9, shopper_limit=1)
    shoppers = [await make_shopper() for _ in range(CROWD)]
    assert await claims(shoppers, desk, campaign) == (9, {"coupons_gone": CROWD - 9})
    assert await desk.counts(campaign) == (9, 0, 0, 0)


async def test_control_without_the_guard_more_than_nine_are_claimed(make_shopper, desk, without_claim_guard):
    """Counting rows and then inserting one exceeds the limit."""
    campaign = await desk.campaign(total_limit=9, shopper_limit=1)
    won, _ = await claims([await make_shopper() for _ in range(CROWD)], desk, campaign)
    await forget(campaign)
    assert won > 9


async def test_limit_1_and_nine_claims_out_of_64_requests(shopper, desk):
    """One shopper claims 64 times at once, and has one."""
    campaign = await desk.campaign(shopper_limit=1)
    assert await claims([shopper] * CROWD, desk, campaign) == (1, {"coupon_limit_reached": CROWD - 1})
    assert await shopper.states(desk) == ["claimed"]


async def test_control_without_the_guard_a_shopper_has_several(shopper, desk, without_claim_guard):
    """Counting rows and then inserting one gives a shopper more than one."""
    campaign = await desk.campaign(shopper_limit=1)
    won, _ = await claims([shopper] * CROWD, desk, campaign)
    await forget(campaign)
    assert won > 1


async def test_a_limit_is_not_lowered_below_what_is_claimed_meanwhile(make_shopper, desk):
    """Staff lower both limits while shoppers claim: whoever is first, no more are claimed than the limits say."""
    said = desk.body(total_limit=CROWD, shopper_limit=4)
    campaign, shoppers = await desk.campaign(**said), [await make_shopper() for _ in range(4)]
    lowered = desk.edit("campaigns", campaign, {**said, "total_limit": 6, "shopper_limit": 2})
    answer, (won, _) = await asyncio.gather(lowered, claims(shoppers * 4, desk, campaign))
    assert answer.status_code in (200, 422), answer.text
    assert won == 6 if answer.status_code == 200 else won > 6


async def one_code_on_many(shoppers, desk, goods, **limits):
    code = uuid4().hex[:12]
    campaign = await desk.campaign(how="code", code=code, **limits)
    return campaign, [await drafted(one, of(goods), asks=[ask(code, desk.shop)]) for one in shoppers]


async def test_a_code_is_used_no_more_often_than_it_may_be(mall, make_shopper, desk, goods):
    """64 shoppers, a code for nine: nine orders, 55 refusals, nine counted."""
    campaign, drafts = await one_code_on_many([await make_shopper() for _ in range(CROWD)], desk, goods, total_limit=9)
    assert await placed_of(mall, drafts) == (9, {"limit_reached": CROWD - 9})
    assert await desk.counts(campaign) == (0, 9, 0, 0)


async def test_a_code_is_used_once_by_one_shopper(mall, shopper, desk, goods):
    """One shopper, 64 checkouts with a code that each may use once: one order."""
    campaign, drafts = await one_code_on_many([shopper] * CROWD, desk, goods, shopper_limit=1)
    assert await placed_of(mall, drafts) == (1, {"limit_reached": CROWD - 1})
    assert await desk.counts(campaign) == (0, 1, 0, 0)


async def test_control_without_the_guard_a_code_is_used_too_often(mall, make_shopper, desk, goods, without_code_guard):
    """Counting rows and then inserting one exceeds the limit."""
    shoppers = [await make_shopper() for _ in range(CROWD)]
    campaign, drafts = await one_code_on_many(shoppers, desk, goods, total_limit=9)
    placed, _ = await placed_of(mall, drafts)
    counted = "(SELECT count(*) FROM coupons_coupon WHERE campaign_id = $1)"
    await db.execute(
        f"UPDATE coupons_campaign SET total_limit = NULL, claimed = {counted} WHERE id = $1", campaign["id"]
    )
    for shopper in shoppers:
        await cancel_all(shopper)
    assert placed > 9


async def test_a_cancel_against_many_who_want_the_last_use_of_a_code(mall, shopper, make_shopper, desk, goods):
    """The use that comes back is given once more, never twice."""
    code = uuid4().hex[:12]
    campaign = await desk.campaign(how="code", code=code, total_limit=1)
    first = await shopper.body(of(goods), asks=[ask(code, desk.shop)])
    others = [await make_shopper() for _ in range(8)]
    drafts = [await drafted(other, of(goods), asks=[ask(code, desk.shop)]) for other in others]
    checkout = (await shopper.send(first)).json()
    (placed, _), _ = await asyncio.gather(placed_of(mall, drafts), shopper.cancel(checkout))
    assert placed in (0, 1)
    again, _ = await placed_of(mall, drafts) if not placed else (0, None)
    assert placed + again == 1
    assert await desk.counts(campaign) == (0, 1, 0, 1)


async def test_both_orders_of_a_mall_coupon_refunded_at_once(api, mall, shopper, mall_desk, make_shop, make_goods):
    """The facts of two orders are told at the same time: the last one sees the other, and the coupon comes back."""
    shops = [await make_shop() for _ in range(2)]
    goods = [await make_goods(shop) for shop in shops]
    campaign, told = await mall_desk.campaign(), db.atomic(returning.refund)
    for times in range(1, 9):
        coupon = await shopper.claim(mall_desk, campaign)
        placed = await shopper.buy(*(of(one) for one in goods), asks=[ask(coupon["id"])])
        orders = {order["store"]["slug"]: order["id"] for order in placed["orders"]}
        for shop in shops:
            path = f"{shop.path}/staff/orders/{orders[shop.slug]}/refunds"
            ok(await api.acting_as(shop.owner).post(path, {"reason": "return"}), 201)
        checkout = UUID(placed["id"])
        await asyncio.gather(*(told(None, checkout, UUID(order), mall.now()) for order in orders.values()))
        assert await mall_desk.counts(campaign) == (times, 0, 0, times)
    await mall.outbox.deliver(mall.now())
    assert await mall_desk.counts(campaign) == (8, 0, 0, 8)
