from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.cart import queries
from galleria.core.cart.contents import DeliveryChoice
from galleria.core.plugins.changing import Wish, change
from galleria.core.testing.client import problem
from galleria.core.types import Ask


async def test_asks_are_replaced_as_a_whole(mall, basket, plugin, make_person, make_shop, enable_plugin):
    """The cart keeps exactly the asks of the last change, in their order, and they reach the contents."""
    person, shop = await make_person(), await make_shop()
    await enable_plugin(plugin, shop)
    mine = await basket(person)
    coupon = {"plugin": plugin, "reference": "SPRING", "store_id": str(shop.id)}
    points = {"plugin": plugin, "reference": "points", "amount": 500}
    cart = await mine.ask(coupon, points)
    assert cart["asks"] == [coupon | {"amount": None}, points | {"store_id": None}]
    assert (await queries.contents(person.id)).asks == (
        Ask(plugin=plugin, reference="SPRING", store_id=shop.id),
        Ask(plugin=plugin, reference="points", amount=500),
    )
    assert (await mine.ask(points))["asks"] == [points | {"store_id": None}]
    assert (await mine.ask())["asks"] == []
    assert mine.version == 3


async def test_what_is_asked_of_nobody_is_refused(basket, plugin):
    """A plugin that is not installed is named by the path of its ask; the asks before stay."""
    mine = await basket()
    known = {"plugin": plugin, "reference": "a"}
    await mine.ask(known)
    refused = problem(await mine.send_asks(known, {"plugin": "nobody", "reference": "b"}), 422, "unknown_plugin")
    assert [error["path"] for error in refused["errors"]] == ["1.plugin"]
    cart = await mine.read()
    assert (len(cart["asks"]), cart["version"]) == (1, 1)


async def test_an_ask_is_for_a_place_where_its_plugin_is_on(basket, wishes, make_shop, enable_plugin):
    """On in a store is not on in another, nor in the mall; the path names the ask's plugin."""
    mine, here, there = await basket(), await make_shop(), await make_shop()
    await enable_plugin(wishes, here)
    ask = {"plugin": wishes, "reference": "a"}
    await mine.ask(ask | {"store_id": str(here.id)})
    for elsewhere in (ask, ask | {"store_id": str(there.id)}):
        refused = problem(await mine.send_asks(ask | {"store_id": str(here.id)}, elsewhere), 422, "plugin_off")
        assert [error["path"] for error in refused["errors"]] == ["1.plugin"]


async def test_an_ask_outlives_its_plugins_being_on(mall, basket, wishes, make_shop, make_goods, enable_plugin):
    """What was asked of a plugin that was switched off since stays in the cart, which is priced without it."""
    mine, shop = await basket(), await make_shop()
    await enable_plugin(wishes, shop)
    await mine.add((await make_goods(shop)).sku)
    await mine.ask({"plugin": wishes, "reference": "a", "store_id": str(shop.id)})
    found = await mall.plugins.states.of(wishes, shop.id)
    await change(mall.plugins.states, wishes, shop.id, Wish(revision=found.revision, state="draining"), now=mall.now())
    cart = await mine.read()
    assert (len(cart["asks"]), cart["totals"]["total"]["amount"]) == (1, 1999)


async def test_an_ask_is_for_a_store_that_exists(basket, plugin):
    """An unknown store is refused, and so is the same ask twice."""
    mine, ask = await basket(), {"plugin": plugin, "reference": "a"}
    refused = problem(await mine.send_asks(ask | {"store_id": str(uuid4())}), 422, "unknown_store")
    assert refused["errors"][0]["path"] == "0.store_id"
    refused = problem(await mine.send_asks(ask, ask | {"amount": 3}), 422, "repeated_ask")
    assert refused["errors"][0]["path"] == "1"


async def test_a_cart_has_20_asks(basket, plugin):
    """The twenty-first is refused."""
    mine = await basket()
    asks = [{"plugin": plugin, "reference": str(number)} for number in range(21)]
    problem(await mine.send_asks(*asks), 422, "too_many_asks")
    assert len((await mine.ask(*asks[:20]))["asks"]) == 20


@pytest.mark.parametrize(
    ("wrong", "path", "code"),
    [
        ({"reference": ""}, "1.reference", "invalid_reference"),
        ({"reference": "x" * 201}, "1.reference", "invalid_reference"),
        ({"amount": -1}, "1.amount", "invalid_amount"),
        ({"amount": 10**16}, "1.amount", "invalid_amount"),
    ],
)
async def test_a_bad_ask_is_refused_with_its_path(basket, plugin, wrong, path, code):
    """Texts and amounts of an ask have limits."""
    good = {"plugin": plugin, "reference": "a"}
    refused = problem(await (await basket()).send_asks(good, good | wrong), 422, code)
    assert refused["errors"][0]["path"] == path


@pytest.mark.parametrize(
    "wrong", [{"amount": 1.5}, {"store_id": "here"}, {"plugin": 7}, {"reference": None}, {"label": "x"}]
)
async def test_an_ask_of_another_shape_is_refused(basket, plugin, wrong):
    """Values of other types, and unknown fields, are refused."""
    problem(await (await basket()).send_asks({"plugin": plugin, "reference": "a"} | wrong), 422, "invalid")


async def test_asks_are_a_list(basket):
    """Anything but a list of objects is refused."""
    mine = await basket()
    for body in ({"plugin": "a"}, "x", [1]):
        problem(await mine.api.put("/api/cart/asks", body, headers=mine.current()), 422, "invalid")


async def test_delivery_is_chosen_store_by_store(basket, make_person, make_shop, make_goods):
    """A store is named by slug or id; its choice is shown with its lines and kept in the contents."""
    person, shop, other = await make_person(), await make_shop(shipping_fee=300), await make_shop()
    mine = await basket(person)
    await mine.add((await make_goods(shop)).sku)
    cart = mine.seen(await mine.send_delivery(shop.slug, method="shipping"))
    assert cart["stores"][0]["shipping"] == {
        "method": "shipping",
        "location_id": None,
        "amount": {"amount": 300, "currency": "CNY"},
    }
    mine.seen(await mine.send_delivery(other.id, method="shipping"))
    mine.seen(await mine.send_delivery(other.id, method="shipping"))
    chosen = DeliveryChoice("shipping")
    assert (await queries.contents(person.id)).delivery == {shop.id: chosen, other.id: chosen}
    assert mine.version == 4


async def test_an_unknown_method_is_refused(basket, make_shop):
    """Only what the mall can do is chosen, and shipping takes no location; the store must exist."""
    mine, shop = await basket(), await make_shop()
    for body, path in [({"method": "drone"}, "method"), ({"method": ""}, "method"), ({"method": 3}, "method")]:
        refused = problem(await mine.send_delivery(shop.slug, **body), 422, "invalid")
        assert refused["errors"][0]["path"] == path
    refused = problem(await mine.send_delivery(shop.slug, method="shipping", location_id=str(uuid4())), 422, "invalid")
    assert refused["errors"][0]["path"] == "location_id"
    problem(await mine.send_delivery("no-such-store", method="shipping"), 404, "store_not_found")
    assert (await mine.read())["version"] == 0
