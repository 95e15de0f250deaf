"""Who is told of plugins that fail."""

from __future__ import annotations

from galleria.core.plugin_api import hookimpl
from galleria.core.plugins.breakers import FAILURES
from galleria.core.testing.client import ok, problem
from galleria.core.testing.factories import enable_plugin

from ..dispatch.buying import quote
from .inline import plugin


def breaking(name):
    """It fails on every quote but those of more than one unit."""

    @hookimpl
    async def propose_offers(ctx, request):
        if request.lines[0].quantity == 1:
            raise RuntimeError("no offers today")
        return []

    return plugin(name, requires={"startup": 1, "pricing": 1}, propose_offers=propose_offers)


async def suspended_in(found, name, shop, goods, person):
    """Have it fail until it is suspended in a shop, or in the mall."""
    await enable_plugin(found.mall, name, shop)
    for _ in range(FAILURES):
        await quote(found.api.acting_as(person), goods.sku)
    for task in list(found.mall.plugins.tasks):
        await task


async def test_a_failing_plugin_is_told_of(process, name, make_shop, make_goods, make_person, make_member, operator):
    """The operator and the store's managers see where it failed, how often and with what; other stores do not."""
    found, shop, other = process(breaking(name)), await make_shop(), await make_shop()
    await suspended_in(found, name, shop, await make_goods(shop), await make_person())
    manager, clerk = await make_member(shop, "plugins.manage"), await make_member(shop, "store.edit")
    path = f"{shop.path}/staff/plugins/incidents"
    [seen] = ok(await found.api.acting_as(manager).get(path))["items"]
    assert (seen["plugin"], seen["hook"], seen["kind"], seen["times"]) == (name, "propose_offers", "failed", 1)
    assert (seen["store_id"], seen["error"]) == (str(shop.id), "RuntimeError: no offers today")
    everywhere = ok(await found.api.acting_as(operator).get("/api/mall/plugins/incidents?limit=100"))["items"]
    assert [one for one in everywhere if one["plugin"] == name] == [seen]
    assert ok(await found.api.acting_as(other.owner).get(f"{other.path}/staff/plugins/incidents"))["items"] == []
    problem(await found.api.acting_as(clerk).get(path), 403, "forbidden")
    problem(await found.api.acting_as(manager).get("/api/mall/plugins/incidents"), 403, "forbidden")


async def test_incidents_come_in_pages(process, name, make_shop, make_goods, make_person):
    """By cursor, the last one first."""
    plugins = [breaking(f"{name}_{key}") for key in "abc"]
    found, shop, person = process(*plugins), await make_shop(), await make_person()
    goods = await make_goods(shop)
    for one in plugins:
        await suspended_in(found, one.name, shop, goods, person)
    client, path = found.api.acting_as(shop.owner), f"{shop.path}/staff/plugins/incidents"
    every = ok(await client.get(path))["items"]
    assert [one["plugin"] for one in every] == [f"{name}_{key}" for key in "cba"]
    first = ok(await client.get(f"{path}?limit=2"))
    second = ok(await client.get(f"{path}?limit=2&cursor={first['next_cursor']}"))
    assert first["items"] + second["items"] == every
    assert second["next_cursor"] is None


async def test_a_list_of_plugins_says_which_is_suspended(process, name, make_shop, make_goods, make_person, operator):
    """For the place where it failed; the operator sees how its calls went."""
    found, shop, person = process(breaking(name)), await make_shop(), await make_person()
    goods = await make_goods(shop)
    await enable_plugin(found.mall, name, shop)
    await quote(found.api.acting_as(person), goods.sku, 2)
    await suspended_in(found, name, shop, goods, person)
    [there] = ok(await found.api.acting_as(shop.owner).get(f"{shop.path}/staff/plugins"))
    [mall] = ok(await found.api.acting_as(operator).get("/api/mall/plugins"))
    assert (there["suspended"], mall["suspended"]) == (True, False)
    assert "calls" not in there
    tallies = [(one["hook"], one["outcome"], one["calls"]) for one in mall["calls"]]
    assert tallies == [("propose_offers", "failed", FAILURES), ("propose_offers", "ok", 1)]
    assert 0 < mall["calls"][1]["longest"] == mall["calls"][1]["seconds"]
