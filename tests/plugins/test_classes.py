"""The order of offer classes, changed through the API, and what it does to prices."""

from __future__ import annotations

import pytest
from galleria.core.http.etag import version_tag
from galleria.core.plugin_api import Amount, Offer, Per, Phase, hookimpl
from galleria.core.testing.client import ok, problem
from galleria.core.testing.factories import enable_plugin
from galleria.core.types import DEFAULT_CLASSES

from ..dispatch.buying import address_of, buy, quote
from .inline import plugin


def path(shop):
    return f"{shop.path}/staff/offer-classes" if shop else "/api/mall/offer-classes"


async def put(api, person, shop, revision, classes):
    return await api.acting_as(person).put(path(shop), {"classes": classes}, headers={"If-Match": f'"v{revision}"'})


def bargains(name):
    """Two offers that do not combine: an activity of 1.00 off, and a coupon of 3.00 off."""

    @hookimpl
    async def propose_offers(ctx, request):
        return [
            Offer(
                code=kind, label=kind, offer_class=kind, phase=Phase.ORDER_DISCOUNT, effect=Amount(amount, Per.ONCE),
                combines_with=frozenset(),
            )
            for kind, amount in (("activity", 100), ("coupon", 300))
        ]  # fmt: skip

    return plugin(name, requires={"startup": 1, "pricing": 1}, propose_offers=propose_offers)


async def test_the_order_of_classes_decides_a_price(process, name, make_shop, make_goods, make_person):
    """As shipped an activity goes before a coupon, however little it saves; turned round, the coupon wins."""
    found, shop = process(bargains(name)), await make_shop()
    goods, client = await make_goods(shop, prices=[1999]), found.api.acting_as(await make_person())
    await enable_plugin(found.mall, name, shop)
    assert (await quote(client, goods.sku))["totals"]["total"]["amount"] == 1899
    ok(await put(found.api, shop.owner, shop, 0, ["coupon", "activity"]))
    assert (await quote(client, goods.sku))["totals"]["total"]["amount"] == 1699
    ok(await buy(client, goods.sku, 1699), 201)


async def test_an_order_priced_before_a_change_is_refused(process, name, make_shop, make_goods, make_person):
    """A process that does not know of the change yet prices as before, but nothing is placed at that price."""
    early, late, shop = process(bargains(name)), process(bargains(name)), await make_shop()
    goods, client = await make_goods(shop, prices=[1999]), early.api.acting_as(await make_person())
    await enable_plugin(early.mall, name, shop)
    address = await address_of(client)
    assert (await quote(client, goods.sku))["totals"]["total"]["amount"] == 1899
    ok(await put(late.api, shop.owner, shop, 0, ["coupon", "activity"]))
    problem(await buy(client, goods.sku, 1899, address=address), 409, "offers_changed")
    early.ticks.seconds += 0.5
    problem(await buy(client, goods.sku, 1899, address=address), 409, "total_changed")
    ok(await buy(client, goods.sku, 1699, address=address), 201)


async def test_the_shipped_order_is_shown_until_it_is_changed(api, make_shop):
    """With the version that the first change sends; each store has its own."""
    here, there = await make_shop(), await make_shop()
    answer = await api.acting_as(here.owner).get(path(here))
    assert ok(answer) == {"classes": list(DEFAULT_CLASSES), "revision": 0, "changed_at": None, "changed_by": None}
    assert answer.headers["etag"] == version_tag(0)
    changed = ok(await put(api, here.owner, here, 0, ["coupon"]))
    assert (changed["classes"], changed["changed_by"]) == (["coupon"], str(here.owner.id))
    assert ok(await api.acting_as(here.owner).get(path(here))) == changed
    assert ok(await api.acting_as(there.owner).get(path(there)))["classes"] == list(DEFAULT_CLASSES)
    again = ok(await put(api, here.owner, here, changed["revision"], ["coupon", "points"]))
    assert again["revision"] > changed["revision"]


async def test_who_comes_second_is_told(api, make_shop):
    """428 without If-Match, 412 with an old version."""
    shop = await make_shop()
    problem(await api.acting_as(shop.owner).put(path(shop), {"classes": ["a"]}), 428, "version_required")
    ok(await put(api, shop.owner, shop, 0, ["a"]))
    problem(await put(api, shop.owner, shop, 0, ["b"]), 412, "version_mismatch")
    problem(await put(api, shop.owner, shop, 10**8, ["b"]), 412, "version_mismatch")


async def test_the_malls_order_is_the_operators(api, make_shop, make_member, operator):
    """Staff need `plugins.manage` for their store, and have no say in the mall's."""
    shop = await make_shop()
    clerk, manager = await make_member(shop, "store.edit"), await make_member(shop, "plugins.manage")
    problem(await put(api, clerk, shop, 0, ["a"]), 403, "forbidden")
    ok(await put(api, manager, shop, 0, ["a"]))
    problem(await put(api, manager, None, 0, ["a"]), 403, "forbidden")
    before = ok(await api.acting_as(operator).get(path(None)))
    after = ok(await put(api, operator, None, before["revision"], before["classes"]))
    assert after["classes"] == before["classes"]


@pytest.mark.parametrize(
    ("classes", "wrong"),
    [
        ([], ["classes"]),
        ([f"c{number}" for number in range(51)], ["classes"]),
        (["a", "b", "a"], ["classes.2"]),
        (["Coupon", "with space", "ok", "9", "x" * 41], ["classes.0", "classes.1", "classes.3", "classes.4"]),
    ],
)
async def test_an_order_is_of_distinct_words(api, make_shop, classes, wrong):
    """1 to 50 lower-case words; the problem has the path of each other one."""
    shop = await make_shop()
    refused = problem(await put(api, shop.owner, shop, 0, classes), 422, "offer_classes_invalid")
    assert [error["path"] for error in refused["errors"]] == wrong
