"""Hundreds of checkouts in one transaction: few statements, decisions in order of arrival, one refusal for one."""

from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.checkout.placing import place
from galleria.core.ids import new_id
from galleria.core.storage import db
from galleria_coupons import holding, locking

from .shopping import ask, drafted, drafted_alike, of, word_of

BATCH = 500
COUPONS = """
INSERT INTO coupons_coupon (id, store_id, campaign_id, account_id, state, order_ids, returns, claimed_at, changed_at)
SELECT id, $2, $3, $4, 'claimed', '{}', 0, $5, $5 FROM unnest($1::uuid[]) AS id
"""
TALLY = "INSERT INTO coupons_tally (id, store_id, campaign_id, account_id, claimed) VALUES ($1, $2, $3, $4, $5)"


@pytest.fixture
def without_guard(monkeypatch):
    """Whether a coupon is claimed was looked at when it was priced, and is not looked at again."""
    trusting = locking._COUPONS.replace("c.state,", "'claimed' AS state,")
    monkeypatch.setattr(locking, "_COUPONS", trusting)
    monkeypatch.setattr(holding, "_HOLD", holding._HOLD.replace("AND c.state = 'claimed'", ""))


async def batch_of(mall, shopper, desk, goods, size):
    """As many checkouts, each with a coupon of its own; the last one's is used before they are placed."""
    campaign = await desk.campaign()
    coupons = [new_id() for _ in range(size)]
    await db.execute(COUPONS, coupons, desk.shop.id, campaign["id"], shopper.person.id, mall.now())
    await db.execute(TALLY, new_id(), desk.shop.id, campaign["id"], shopper.person.id, size)
    await db.execute("UPDATE coupons_campaign SET claimed = $2 WHERE id = $1", campaign["id"], size)
    drafts = await drafted_alike(shopper, of(goods), [ask(str(coupon), desk.shop) for coupon in coupons])
    await shopper.place(of(goods), asks=[ask(str(coupons[-1]), desk.shop)])
    return campaign, drafts


async def orders_of(shopper):
    return await db.fetch_value("SELECT count(*) FROM shop_order WHERE account_id = $1", shopper.person.id)


async def test_a_batch_with_one_refusal_places_all_others(mall, shopper, desk, goods, statements):
    """500 checkouts, one with a used coupon: 499 placed, exactly that one refused; two rounds of two statements."""
    campaign, drafts = await batch_of(mall, shopper, desk, goods, BATCH)
    statements.clear()
    refused = await place(mall, drafts)
    assert {key: word_of(problem) for key, problem in refused.items()} == {drafts[-1].id: "already_used"}
    assert len(statements) == 4
    assert await orders_of(shopper) == BATCH
    assert await desk.counts(campaign) == (0, BATCH, 0, 0)


async def test_control_without_the_guard_the_used_coupon_is_used_again(mall, shopper, desk, goods, without_guard):
    """All are placed, one of them with a coupon that another order has."""
    _, drafts = await batch_of(mall, shopper, desk, goods, 50)
    refused = await place(mall, drafts)
    placed = await orders_of(shopper)
    for row in await db.fetch("SELECT id FROM checkout WHERE account_id = $1", shopper.person.id):
        await shopper.cancel(row)
    assert (refused, placed) == ({}, 51)


async def test_of_two_checkouts_with_one_coupon_the_first_gets_it(mall, shopper, desk, goods):
    """Within a batch, arrival decides; the one without a coupon is not touched by it."""
    coupon = await shopper.claim(desk, await desk.campaign())
    asks = [ask(coupon["id"], desk.shop)]
    drafts = [await drafted(shopper, of(goods), asks=one) for one in (asks, asks, [])]
    refused = await place(mall, drafts)
    assert {key: word_of(problem) for key, problem in refused.items()} == {drafts[1].id: "already_used"}
    assert await orders_of(shopper) == 2


async def test_the_claim_limit_counts_the_whole_batch(mall, make_shopper, desk, goods):
    """Three uses are left, five checkouts come together, one shopper twice: the first three shoppers get one each."""
    code = uuid4().hex[:12]
    await desk.campaign(how="code", code=code, total_limit=3, shopper_limit=1)
    one, two, three, four = [await make_shopper() for _ in range(4)]
    asks = [ask(code, desk.shop)]
    drafts = [await drafted(shopper, of(goods), asks=asks) for shopper in (one, one, two, three, four)]
    refused = await place(mall, drafts)
    assert {key: word_of(problem) for key, problem in refused.items()} == {
        drafts[1].id: "limit_reached",
        drafts[4].id: "limit_reached",
    }


async def test_a_batch_over_two_stores_shares_one_mall_coupon_a_checkout(
    mall, shopper, mall_desk, make_shop, make_goods
):
    """A checkout has an order in both stores and holds its coupon once; another one with it is refused as a whole."""
    goods = [await make_goods(await make_shop()) for _ in range(2)]
    campaign = await mall_desk.campaign()
    coupons = [await shopper.claim(mall_desk, campaign) for _ in range(2)]
    wanted = (coupons[0], coupons[1], coupons[0])
    drafts = [await drafted(shopper, *(of(one) for one in goods), asks=[ask(one["id"])]) for one in wanted]
    refused = await place(mall, drafts)
    assert {key: word_of(problem) for key, problem in refused.items()} == {drafts[2].id: "already_used"}
    assert await orders_of(shopper) == 4
    assert await mall_desk.counts(campaign) == (0, 2, 0, 0)
