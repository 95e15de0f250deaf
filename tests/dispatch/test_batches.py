"""Many checkouts in one transaction: each is refused by itself, and only against what was in fact placed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.checkout.basket import Basket
from galleria.core.checkout.placing import place
from galleria.core.checkout.preparing import PlaceRequest, prepare
from galleria.core.dispatch import claims
from galleria.core.plugin_api import Money, Refusal, hookimpl
from galleria.core.pricing.service import Wanted
from galleria.core.storage import db
from galleria.core.testing.factories import enable_plugin
from galleria.core.testing.soundness import kept_sound

from ..plugins.inline import plugin
from .buying import ADDRESS

GROUPS = {"startup": 1, "pricing": 1, "checkout": 1, "orders": 1}


def quota(name, table, calls=None, *, fails_on=()):
    """A plugin that takes part in every order and lets so many units through as its table has."""

    @hookimpl
    async def claim_orders(ctx, orders):
        if calls is not None:
            calls.append(len(orders))
        refused = {}
        for order in orders:
            units = sum(line.quantity for line in order.lines)
            sql = f"UPDATE {table} SET units = units - $1 WHERE units >= $1 RETURNING units"
            if order.account_id in fails_on:
                raise RuntimeError("evil")
            if await db.fetch_value(sql, units) is None:
                refused[order.id] = Refusal(code="gone", detail="没有了")
        return refused

    return plugin(name, requires=GROUPS, info={"takes_part": "every"}, claim_orders=claim_orders)


@pytest.fixture
async def table():
    name = f"quota_{uuid4().hex[:8]}"
    await db.execute(f"CREATE TABLE {name} (units int)")
    yield name
    await db.execute(f"DROP TABLE {name}")


@pytest.fixture
def drafted(mall):
    """Drafts of checkouts, one for each (account, sku, quantity), in this order."""

    async def make(mall, wanted, total):
        return [
            await prepare(
                mall,
                PlaceRequest(
                    account_id=account,
                    basket=Basket(wanted=(Wanted(line_id="line:0", sku_id=sku, quantity=quantity),), address=ADDRESS),
                    expected_total=Money(total * quantity, "CNY"),
                    remarks={},
                    locale="zh-CN",
                ),
            )
            for account, sku, quantity in wanted
        ]

    return make


@pytest.fixture(autouse=True)
async def sound(mall):
    """A test leaves every invariant as it was."""
    async with kept_sound():
        yield


async def placed(drafts):
    rows = await db.fetch("SELECT id FROM checkout WHERE id = ANY ($1::uuid[])", [draft.id for draft in drafts])
    return {row["id"] for row in rows}


async def test_a_batch_is_claimed_by_one_call(running, name, table, drafted, make_shop, make_goods):
    """A plugin is called once for a hundred checkouts, and the refused one leaves nothing."""
    calls = []
    mall, _ = await running(quota(name, table, calls))
    goods = await make_goods(await make_shop(), prices=[1000], stock=1000)
    await enable_plugin(mall, name, goods.shop)
    await db.execute(f"INSERT INTO {table} VALUES (99)")
    drafts = await drafted(mall, [(uuid4(), goods.sku, 1) for _ in range(100)], 1000)
    refused = await place(mall, drafts)
    assert list(refused) == [drafts[-1].id]
    assert refused[drafts[-1].id].code == "claim_refused"
    assert await placed(drafts) == {draft.id for draft in drafts[:-1]}
    assert await db.fetch_value(f"SELECT units FROM {table}") == 0
    assert calls == [100, 99]


async def test_what_a_plugin_writes_for_refused_orders_is_undone(running, name, table, drafted, make_shop, make_goods):
    """A plugin that counts before it refuses takes nothing for the refused order."""

    @hookimpl
    async def claim_orders(orders):
        await db.execute(f"UPDATE {table} SET units = units - $1", len(orders))
        return {order.id: Refusal(code="no", detail="") for order in orders if order.lines[0].quantity == 7}

    sloppy = plugin(name, requires=GROUPS, info={"takes_part": "every"}, claim_orders=claim_orders)
    mall, _ = await running(sloppy)
    goods = await make_goods(await make_shop(), prices=[1000], stock=1000)
    await enable_plugin(mall, name, goods.shop)
    await db.execute(f"INSERT INTO {table} VALUES (10)")
    drafts = await drafted(mall, [(uuid4(), goods.sku, quantity) for quantity in (1, 7, 2)], 1000)
    assert list(await place(mall, drafts)) == [drafts[1].id]
    assert await db.fetch_value(f"SELECT units FROM {table}") == 8


async def test_without_the_second_call_it_would_keep_what_it_took(
    running, name, table, drafted, make_shop, make_goods, monkeypatch
):
    """The control: when refusals are believed at once, the sloppy plugin's count is one too low."""

    async def believe(turn, orders):
        shown = tuple(claims.shown_to(turn, order) for order in orders)
        refused = await claims.take(turn, claims.by_order(shown), {"orders": shown}, reads=False)
        return {} if len(orders) == 2 else refused

    @hookimpl
    async def claim_orders(orders):
        if len(orders) == 3:
            await db.execute(f"UPDATE {table} SET units = units - $1", len(orders))
        return {order.id: Refusal(code="no", detail="") for order in orders if order.lines[0].quantity == 7}

    sloppy = plugin(name, requires=GROUPS, info={"takes_part": "every"}, claim_orders=claim_orders)
    mall, _ = await running(sloppy)
    goods = await make_goods(await make_shop(), prices=[1000], stock=1000)
    await enable_plugin(mall, name, goods.shop)
    await db.execute(f"INSERT INTO {table} VALUES (10)")
    drafts = await drafted(mall, [(uuid4(), goods.sku, quantity) for quantity in (1, 7, 2)], 1000)
    monkeypatch.setattr(claims, "_try", believe)
    await place(mall, drafts)
    assert await db.fetch_value(f"SELECT units FROM {table}") == 7


async def test_a_checkout_that_fails_later_gives_its_quota_to_the_next(
    running, name, table, drafted, make_shop, make_goods
):
    """Of three for two units of quota the second lacks stock: the third, refused at first, is placed."""
    mall, _ = await running(quota(name, table))
    shop = await make_shop()
    goods, scarce = await make_goods(shop, prices=[1000], stock=10), await make_goods(shop, prices=[1000], stock=0)
    await enable_plugin(mall, name, shop)
    await db.execute(f"INSERT INTO {table} VALUES (2)")
    full = [*await drafted(mall, [(uuid4(), goods.sku, 1)], 1000)]
    await db.execute("UPDATE stock_level SET on_hand = 1 WHERE sku_id = $1", scarce.sku)
    short = await drafted(mall, [(uuid4(), scarce.sku, 1)], 1000)
    await db.execute("UPDATE stock_level SET on_hand = 0 WHERE sku_id = $1", scarce.sku)
    drafts = [*full, *short, *await drafted(mall, [(uuid4(), goods.sku, 1)], 1000)]
    assert set(await place(mall, drafts)) == {drafts[1].id}
    assert await placed(drafts) == {drafts[0].id, drafts[2].id}
    assert await db.fetch_value(f"SELECT units FROM {table}") == 0


async def test_a_claim_that_fails_for_one_is_made_one_by_one(running, name, table, drafted, make_shop, make_goods):
    """One checkout at which the plugin breaks is refused; the others of the batch are placed."""
    broken = uuid4()
    mall, _ = await running(quota(name, table, fails_on={broken}))
    goods = await make_goods(await make_shop(), prices=[1000], stock=100)
    await enable_plugin(mall, name, goods.shop)
    await db.execute(f"INSERT INTO {table} VALUES (100)")
    accounts = [uuid4(), uuid4(), broken, uuid4()]
    drafts = await drafted(mall, [(account, goods.sku, 1) for account in accounts], 1000)
    refused = await place(mall, drafts)
    assert {key: problem.code for key, problem in refused.items()} == {drafts[2].id: "plugin_failed"}
    assert await db.fetch_value(f"SELECT units FROM {table}") == 97
