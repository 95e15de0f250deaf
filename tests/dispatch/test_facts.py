"""Facts reach the plugins that took part, whatever becomes of them: draining, off, without a package, failing."""

from __future__ import annotations

from uuid import UUID

import pytest
from galleria.core.plugin_api import hookimpl
from galleria.core.plugins.changing import Wish, change
from galleria.core.storage import db
from galleria.core.testing.client import ok
from galleria.core.testing.factories import enable_plugin

from ..plugins.inline import plugin
from .buying import buy

GROUPS = {"startup": 1, "orders": 1}


def listener(name, heard, *, fails_on=None, **info):
    """It hears of every order and writes down what it hears."""

    async def hear(word, ctx, fact):
        if fails_on is not None and fact.order.id in fails_on:
            raise RuntimeError("evil")
        heard.append((word, ctx.store_id, fact.order.id))

    @hookimpl
    async def after_order_placed(ctx, fact):
        await hear("placed", ctx, fact)

    @hookimpl
    async def after_order_cancelled(ctx, fact):
        await hear("cancelled", ctx, fact)

    hooks = {"after_order_placed": after_order_placed, "after_order_cancelled": after_order_cancelled}
    return plugin(name, requires=GROUPS, info={"takes_part": "every", **info}, **hooks)


async def switch(mall, name, shop, *states):
    for state in states:
        found = await mall.plugins.states.of(name, shop.id)
        await change(mall.plugins.states, name, shop.id, Wish(revision=found.revision, state=state), now=mall.now())


@pytest.fixture
async def sale(make_shop, make_goods, make_person):
    """Buys one thing for 10.00: the checkout as answered."""
    goods = await make_goods(await make_shop(), prices=[1000])
    person = await make_person()

    async def sell(api):
        return ok(await buy(api.acting_as(person), goods.sku, 1000), 201)

    async def cancel(api, checkout):
        ok(await api.acting_as(person).post(f"/api/checkouts/{checkout['id']}/cancel", {}), 200)

    sell.cancel, sell.shop = cancel, goods.shop
    return sell


def order_of(checkout):
    return UUID(checkout["orders"][0]["id"])


@pytest.mark.parametrize("states", [("draining",), ("draining", "off")], ids=["draining", "off"])
async def test_a_plugin_that_was_switched_off_hears_of_its_open_orders(running, name, sale, states):
    """The cancellation of an order that was placed while it was on reaches it; of later orders it hears nothing."""
    heard = []
    mall, api = await running(listener(name, heard))
    await enable_plugin(mall, name, sale.shop)
    checkout = await sale(api)
    await switch(mall, name, sale.shop, *states)
    later = await sale(api)
    await sale.cancel(api, checkout)
    await sale.cancel(api, later)
    await mall.outbox.deliver(mall.now())
    order = order_of(checkout)
    assert heard == [("placed", sale.shop.id, order), ("cancelled", sale.shop.id, order)]


async def test_facts_wait_for_a_package_that_is_missing(running, name, sale, mall):
    """A process without the package leaves the deliveries alone; with it again they arrive in order."""
    heard = []
    with_it, api = await running(listener(name, heard))
    await enable_plugin(with_it, name, sale.shop)
    checkout = await sale(api)
    without, other = await running()
    await sale.cancel(other, checkout)
    await without.outbox.deliver(without.now())
    assert heard == []
    waiting = "SELECT count(*) FROM outbox_delivery WHERE recipient = $1 AND state = 'pending'"
    assert await db.fetch_value(waiting, f"plugin:{name}") == 2
    assert await db.fetch_value("SELECT state FROM plugin_state WHERE plugin = $1", name) == "on"
    again, _ = await running(listener(name, heard))
    await again.outbox.deliver(again.now())
    assert [word for word, _, _ in heard] == ["placed", "cancelled"]


async def test_a_dead_letter_parks_one_orders_facts(running, name, sale, clock):
    """While one order's fact fails for good, the other order's facts arrive, and so do other plugins'."""
    from datetime import timedelta

    heard, bad = [], set()
    mall, api = await running(listener(name, heard, fails_on=bad))
    await enable_plugin(mall, name, sale.shop)
    poisoned, good = await sale(api), await sale(api)
    bad.add(order_of(poisoned))
    await sale.cancel(api, good)
    await sale.cancel(api, poisoned)
    for _ in range(15):
        await mall.outbox.deliver(mall.now())
        clock.move(timedelta(hours=2))
    assert [(word, order) for word, _, order in heard] == [
        ("placed", order_of(good)),
        ("cancelled", order_of(good)),
    ]
    sql = "SELECT state, count(*) FROM outbox_delivery WHERE recipient = $1 AND subject_id = $2 GROUP BY state"
    found = dict(await db.fetch(sql, f"plugin:{name}", order_of(poisoned)))
    assert found == {"parked": 1, "pending": 1}


async def test_a_plugin_that_is_on_for_the_mall_hears_of_every_stores_orders(running, name, sale):
    """As the mall's plugin it is told without a store, once."""
    heard = []
    mall, api = await running(listener(name, heard))
    await enable_plugin(mall, name)
    checkout = await sale(api)
    await mall.outbox.deliver(mall.now())
    assert ("placed", None, order_of(checkout)) in heard
    assert ("placed", sale.shop.id, order_of(checkout)) not in heard
    found = await mall.plugins.states.of(name, None)
    for state in ("draining", "off"):
        wish = Wish(revision=found.revision, state=state)
        found = await change(mall.plugins.states, name, None, wish, now=mall.now())
