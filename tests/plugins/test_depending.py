"""What depends on what, where."""

from __future__ import annotations

import asyncio

import pytest
from galleria.core.errors import Problem
from galleria.core.plugins import depending
from galleria.core.plugins.changing import Wish, change
from galleria.core.testing.client import ok, problem

from .inline import plugin

STORE, MALL = frozenset({"store"}), frozenset({"mall"})


@pytest.fixture
def switch(process, name, make_shop, operator):
    """Makes two plugins, `<name>_b` needing `<name>_a`, with these scopes; returns a function that switches them."""

    async def make(needed=STORE | MALL, needing=STORE | MALL):
        first = plugin(f"{name}_a", info={"scopes": needed})
        second = plugin(f"{name}_b", info={"scopes": needing}, depends={f"{name}_a": ""})
        found = process(first, second)

        async def put(which, shop, state):
            path, who = (f"{shop.path}/staff/plugins", shop.owner) if shop else ("/api/mall/plugins", operator)
            standing = await found.states.of(f"{name}_{which}", shop.id if shop else None)
            client = found.api.acting_as(who).having(If_Match=f'"v{standing.revision}"')
            return await client.put(f"{path}/{name}_{which}", {"state": state})

        return put, found

    return make


async def test_a_plugin_is_switched_on_after_what_it_needs(switch, name, make_shop):
    """In a store: on there; being on elsewhere or for the mall does not do."""
    (put, _), here, there = await switch(), await make_shop(), await make_shop()
    refused = problem(await put("b", here, "on"), 409, "plugin_dependency_off")
    assert refused["plugins"] == [f"{name}_a"]
    ok(await put("a", there, "on"))
    ok(await put("a", None, "on"))
    problem(await put("b", here, "on"), 409, "plugin_dependency_off")
    ok(await put("a", here, "on"))
    ok(await put("b", here, "on"))


async def test_what_is_needed_stays_on(switch, name, make_shop):
    """Draining is refused while a dependant is on there, and allowed once that one drains."""
    (put, _), here, there = await switch(), await make_shop(), await make_shop()
    for which, shop in [("a", here), ("b", here), ("a", there)]:
        ok(await put(which, shop, "on"))
    refused = problem(await put("a", here, "draining"), 409, "plugin_needed")
    assert refused["needed_by"] == [{"plugin": f"{name}_b", "store_id": str(here.id)}]
    ok(await put("a", there, "draining"))
    ok(await put("b", here, "draining"))
    ok(await put("a", here, "draining"))
    problem(await put("b", here, "on"), 409, "plugin_dependency_off")


async def test_a_stores_plugin_may_need_one_that_is_the_malls_alone(switch, name, make_shop):
    """Then it has to be on for the mall, where it stays on as long as any store needs it."""
    (put, _), shop = await switch(needed=MALL), await make_shop()
    problem(await put("b", shop, "on"), 409, "plugin_dependency_off")
    ok(await put("a", None, "on"))
    ok(await put("b", shop, "on"))
    refused = problem(await put("a", None, "draining"), 409, "plugin_needed")
    assert refused["needed_by"] == [{"plugin": f"{name}_b", "store_id": str(shop.id)}]


async def test_the_malls_plugin_needs_nothing_of_single_stores(switch, make_shop):
    """What can be on in stores only is nothing that the mall could wait for."""
    (put, _), shop = await switch(needed=STORE), await make_shop()
    ok(await put("b", None, "on"))
    ok(await put("a", shop, "on"))
    ok(await put("a", shop, "draining"))


async def _race(found, name, shop):
    """Switch b on and a off at the same moment; say whether b is on without a."""
    states = found.states
    first = await change(states, f"{name}_a", shop.id, Wish(revision=0, state="on"), now=found.mall.now())
    wishes = {"a": Wish(revision=first.revision, state="draining"), "b": Wish(revision=0, state="on")}
    await asyncio.gather(
        *(change(states, f"{name}_{key}", shop.id, wish, now=found.mall.now()) for key, wish in wishes.items()),
        return_exceptions=True,
    )
    await states.forget()
    a, b = [(await states.of(f"{name}_{key}", shop.id)).state for key in "ab"]
    return b == "on" and a != "on"


@pytest.mark.parametrize("guarded", [True, False])
async def test_what_is_needed_cannot_go_meanwhile(switch, name, make_shop, monkeypatch, guarded):
    """Of switching on the one and off the other at once, one is refused. Control: not without looking."""
    if not guarded:

        async def look_away(*_):
            await asyncio.sleep(0)

        monkeypatch.setattr(depending, "require_dependencies", look_away)
        monkeypatch.setattr(depending, "require_unneeded", look_away)
    _, found = await switch()
    torn = [await _race(found, name, await make_shop()) for _ in range(5)]
    assert any(torn) is not guarded


@pytest.mark.parametrize("state", ["on", "draining"])
async def test_a_refused_change_counts_nothing(switch, name, make_shop, state):
    """A refusal is undone as a whole: the revision and the history are as before."""
    (put, found), shop = await switch(), await make_shop()
    if state == "draining":
        ok(await put("a", shop, "on"))
        ok(await put("b", shop, "on"))
    before = (await found.states.current()).revision_of(shop.id)
    which = "b" if state == "on" else "a"
    standing = await found.states.of(f"{name}_{which}", shop.id)
    with pytest.raises(Problem, match="first"):
        wish = Wish(revision=standing.revision, state=state)
        await change(found.states, f"{name}_{which}", shop.id, wish, now=found.mall.now())
    await found.states.forget()
    assert (await found.states.current()).revision_of(shop.id) == before
