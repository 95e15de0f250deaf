"""A plugin's own rules are cached in each process, and what was priced by old ones is not placed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.plugin_api import Amount, Offer, Per, Phase, rules_changed
from galleria.core.plugins.memory import Memory
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem
from galleria.core.testing.factories import enable_plugin
from galleria.core.testing.inline import inline_plugin

from .buying import buy, quote


@pytest.fixture
async def table():
    """Rules: an amount off by store."""
    name = f"rules_{uuid4().hex[:8]}"
    await db.execute(f"CREATE TABLE {name} (store_id uuid, amount bigint)")
    yield name
    await db.execute(f"DROP TABLE {name}")


def ruled(name, table, loads):
    """It takes off what its table says."""

    async def rules(store_id):
        loads.append(store_id)
        return [row["amount"] for row in await db.fetch(f"SELECT amount FROM {table} WHERE store_id = $1", store_id)]

    async def propose_offers(ctx):
        return [
            Offer(
                code=f"off-{amount}",
                label="off",
                offer_class="reduction",
                phase=Phase.ORDER_DISCOUNT,
                effect=Amount(amount, Per.ONCE),
            )
            for amount in await ctx.cached("rules", rules)
        ]

    return inline_plugin(name, propose_offers)


async def change(mall, name, table, store_id, amount):
    """In one transaction, as a plugin's service does it."""

    @db.atomic
    async def work():
        await db.execute(f"DELETE FROM {table} WHERE store_id = $1", store_id)
        await db.execute(f"INSERT INTO {table} VALUES ($1, $2)", store_id, amount)
        await rules_changed(mall, name, store_id)

    await work()


@pytest.fixture
async def two(running, name, table, make_shop, make_goods, make_person):
    """Two processes with the plugin: (mall, client) each, the goods, and the loads of both."""
    goods, loads = await make_goods(await make_shop(), prices=[1999]), []
    processes = [await running(ruled(name, table, loads)) for _ in range(2)]
    person = await make_person()
    await enable_plugin(processes[0][0], name, goods.shop)
    await change(processes[0][0], name, table, goods.shop.id, 100)
    return [(mall, api.acting_as(person)) for mall, api in processes], goods, loads


async def test_rules_are_loaded_once_and_again_when_they_change(two, name, table):
    """Many quotes load them once; after a change they are loaded again, in that store alone."""
    ((mall, client), _), goods, loads = two
    for _ in range(5):
        assert (await quote(client, goods.sku))["totals"]["total"]["amount"] == 1899
    assert loads == [goods.shop.id]
    await change(mall, name, table, goods.shop.id, 300)
    assert (await quote(client, goods.sku))["totals"]["total"]["amount"] == 1699
    assert loads == [goods.shop.id] * 2


async def test_what_was_priced_by_old_rules_is_refused(two, name, table):
    """A process that does not know of the change yet shows the old price, and places nothing at it."""
    ((_, client), (other, _)), goods, _ = two
    assert (await quote(client, goods.sku))["totals"]["total"]["amount"] == 1899
    await change(other, name, table, goods.shop.id, 50)
    problem(await buy(client, goods.sku, 1899), 409, "offers_changed")
    assert (await quote(client, goods.sku))["totals"]["total"]["amount"] == 1949
    ok(await buy(client, goods.sku, 1949), 201)


async def test_without_the_comparison_the_old_price_would_be_charged(two, name, table, monkeypatch):
    """The control: when placing does not compare revisions, the order is placed at the old rules' price."""
    from galleria.core.checkout import comparing

    async def nothing(*_):
        return {}

    ((_, client), (other, _)), goods, _ = two
    await quote(client, goods.sku)
    await change(other, name, table, goods.shop.id, 50)
    monkeypatch.setattr(comparing, "changed_plugins", nothing)
    assert ok(await buy(client, goods.sku, 1899), 201)["total"]["amount"] == 1899


async def test_a_change_in_another_store_disturbs_nobody(two, name, table, make_shop):
    """Only the places of an order are compared."""
    ((_, client), (other, _)), goods, _ = two
    await quote(client, goods.sku)
    await change(other, name, table, (await make_shop()).id, 50)
    ok(await buy(client, goods.sku, 1899), 201)


async def test_memory_forgets_the_least_used():
    """Beyond its size the value that was used longest ago is loaded anew."""
    memory, loads = Memory(size=2), []

    async def get(key, revision=1):
        async def load():
            loads.append(key)
            return key

        return await memory.get(key, revision, load)

    for key in ("a", "b", "a", "c", "a", "b"):
        await get(key)
    assert loads == ["a", "b", "c", "b"]


async def test_a_slow_load_does_not_replace_a_newer_value():
    """What was loaded for an older revision is answered, and not kept over a newer one."""
    memory = Memory()

    async def late():
        await memory.get("key", 2, newer)
        return "old"

    async def newer():
        return "new"

    assert await memory.get("key", 1, late) == "old"
    assert await memory.get("key", 2, newer) == "new"
    assert await memory.get("key", 2, late) == "new"
