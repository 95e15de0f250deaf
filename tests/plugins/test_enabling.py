"""Plugins switched through the API, in stores and in the mall, and what their routes answer."""

from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.http.schemas import Body
from galleria.core.plugins.queries import Standing
from galleria.core.plugins.states import States
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem
from msgspec import field

from .inline import greeter, plugin


def at(shop, name=""):
    base = f"{shop.path}/staff/plugins" if shop else "/api/mall/plugins"
    return f"{base}/{name}" if name else base


async def put(api, person, shop, name, revision, **edit):
    return await api.acting_as(person).having(If_Match=f'"v{revision}"').put(at(shop, name), edit)


async def test_on_in_one_store_is_not_on_in_another(process, name, make_shop):
    """Store A's staff switch it on: A greets, B and the mall do not know it."""
    api, here, there = process(greeter(name)).api, await make_shop(), await make_shop()
    problem(await api.get(f"{here.path}/{name}/hello"), 404, "plugin_disabled")
    switched = ok(await put(api, here.owner, here, name, 0, state="on"))
    assert (switched["state"], switched["changed_by"]) == ("on", str(here.owner.id))
    assert (await api.get(f"{here.path}/{name}/hello")).text == "store"
    problem(await api.get(f"{there.path}/{name}/hello"), 404, "plugin_disabled")
    problem(await api.get(f"/api/plugins/{name}/hello"), 404, "plugin_disabled")


async def test_on_for_the_mall_leaves_stores_alone(process, name, make_shop, operator):
    """Mall routes follow the mall's state, store routes the store's."""
    api, shop = process(greeter(name)).api, await make_shop()
    ok(await put(api, operator, None, name, 0, state="on"))
    assert (await api.get(f"/api/plugins/{name}/hello")).text == "mall"
    problem(await api.get(f"{shop.path}/{name}/hello"), 404, "plugin_disabled")


async def test_routes_stop_while_draining_and_come_back(process, name, operator):
    """on -> draining -> on -> draining -> off -> on; routes answer in `on` only."""
    api, revision = process(greeter(name)).api, 0
    for state in ("on", "draining", "on", "draining", "off", "on"):
        seen = ok(await put(api, operator, None, name, revision, state=state))
        assert (seen["state"], seen["revision"] > revision) == (state, True)
        revision = seen["revision"]
        answered = await api.get(f"/api/plugins/{name}/hello")
        assert answered.status_code == (200 if state == "on" else 404), state


@pytest.mark.parametrize(("before", "after"), [("on", "off"), ("off", "draining")])
async def test_no_step_is_left_out(process, name, operator, before, after):
    """A plugin that is on drains before it is off, and only what is on can drain."""
    api, revision = process(greeter(name)).api, 0
    if before == "on":
        revision = ok(await put(api, operator, None, name, 0, state="on"))["revision"]
    refused = problem(await put(api, operator, None, name, revision, state=after), 409, "plugin_state_order")
    assert refused["state"] == before
    [seen] = ok(await api.acting_as(operator).get(at(None)))
    assert (seen["state"], seen["revision"]) == (before, revision)


async def test_the_etag_is_what_the_next_change_sends(process, name, operator):
    """428 without If-Match, 412 with an old one."""
    api = process(greeter(name)).api
    problem(await api.acting_as(operator).put(at(None, name), {"state": "on"}), 428, "version_required")
    tag = (await put(api, operator, None, name, 0, state="on")).headers["etag"]
    problem(await put(api, operator, None, name, 0, state="draining"), 412, "version_mismatch")
    ok(await api.acting_as(operator).having(If_Match=tag).put(at(None, name), {"state": "draining"}))
    problem(await put(api, operator, None, f"other_{name}", 0, state="on"), 404, "plugin_not_found")
    problem(await put(api, operator, None, name, 0, colour="red"), 422, "invalid")


async def test_a_revision_of_another_place_does_not_pass(process, name, make_shop, operator):
    """A version that a place never had is stale there, also where nothing was changed yet."""
    api, shop = process(greeter(name)).api, await make_shop()
    elsewhere = ok(await put(api, operator, None, name, 0, state="on"))["revision"]
    problem(await put(api, shop.owner, shop, name, elsewhere, state="on"), 412, "version_mismatch")


async def test_scopes_are_kept(process, make_shop, operator):
    """A plugin of the mall cannot be switched in a store, nor the reverse; lists show what can be."""
    tag = uuid4().hex[:8]
    mall_only, store_only = (
        greeter(f"m_{tag}", scopes=frozenset({"mall"})),
        greeter(f"s_{tag}", scopes=frozenset({"store"})),
    )
    api, shop = process(mall_only, store_only).api, await make_shop()
    problem(await put(api, shop.owner, shop, f"m_{tag}", 0, state="on"), 422, "plugin_wrong_scope")
    problem(await put(api, operator, None, f"s_{tag}", 0, state="on"), 422, "plugin_wrong_scope")
    assert [one["name"] for one in ok(await api.acting_as(shop.owner).get(at(shop)))] == [f"s_{tag}"]
    assert [one["name"] for one in ok(await api.acting_as(operator).get(at(None)))] == [f"m_{tag}"]


async def test_staff_need_the_permission(process, name, make_shop, make_member):
    """`plugins.manage` in this store; the mall's plugins are the operator's alone."""
    api, shop = process(greeter(name)).api, await make_shop()
    clerk, manager = await make_member(shop, "store.edit"), await make_member(shop, "plugins.manage")
    problem(await put(api, clerk, shop, name, 0, state="on"), 403, "forbidden")
    ok(await put(api, manager, shop, name, 0, state="on"))
    problem(await put(api, manager, await make_shop(), name, 0, state="on"), 403, "forbidden")
    problem(await put(api, shop.owner, None, name, 0, state="on"), 403, "forbidden")


async def test_a_change_elsewhere_is_in_force_after_half_a_second(process, name, make_shop):
    """Two processes: the one that changes knows at once, the other one when its answer is 500 ms old."""
    one, other, shop = process(greeter(name)), process(greeter(name)), await make_shop()
    problem(await other.api.get(f"{shop.path}/{name}/hello"), 404, "plugin_disabled")
    revision = ok(await put(one.api, shop.owner, shop, name, 0, state="on"))["revision"]
    assert (await one.api.get(f"{shop.path}/{name}/hello")).status_code == 200
    other.ticks.seconds += 0.49
    assert (await other.api.get(f"{shop.path}/{name}/hello")).status_code == 404
    other.ticks.seconds += 0.01
    assert (await other.api.get(f"{shop.path}/{name}/hello")).status_code == 200
    ok(await put(one.api, shop.owner, shop, name, revision, state="draining"))
    other.ticks.seconds += 0.5
    problem(await other.api.get(f"{shop.path}/{name}/hello"), 404, "plugin_disabled")


async def test_development_has_a_plugin_on_that_says_so(process, name, operator):
    """On for the mall until somebody changes it, and never in production or in a store."""
    made = greeter(name, on_in_development=True)
    found = process(made)
    assert (await found.api.get(f"/api/plugins/{name}/hello")).text == "mall"
    ok(await put(found.api, operator, None, name, 0, state="draining"))
    problem(await found.api.get(f"/api/plugins/{name}/hello"), 404, "plugin_disabled")
    production = States([made], production=True)
    assert production.unchanged(made, None).state == "off"
    assert found.states.unchanged(made, uuid4()).state == "off"


class Window(Body):
    opens: int = 9


class Greeting(Body):
    text: str
    windows: list[Window] = field(default_factory=list)


def wordy(name):
    return plugin(name, info={"settings": Greeting})


async def test_settings_are_typed_and_described(process, name, make_shop):
    """The API gives the JSON Schema, and a plugin reads what was saved as its Struct."""
    found, shop = process(wordy(name)), await make_shop()
    [before] = ok(await found.api.acting_as(shop.owner).get(at(shop)))
    assert before["settings_schema"]["$defs"]["Greeting"]["required"] == ["text"]
    sent = {"text": "Hi", "windows": [{"opens": 8}]}
    saved = ok(await put(found.api, shop.owner, shop, name, 0, state="on", settings=sent))
    assert saved["settings"] == sent
    read = await found.states.settings(name, Greeting, shop.id)
    assert read == Greeting(text="Hi", windows=[Window(opens=8)])
    ok(await put(found.api, shop.owner, shop, name, saved["revision"], settings={"text": "Ho"}))
    assert (await found.states.settings(name, Greeting, shop.id)).windows == []


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"text": 5}, "settings.text"),
        ({"text": "Hi", "windows": [{}, {"opens": "soon"}]}, "settings.windows.1.opens"),
        ({"text": "Hi", "colour": "red"}, "settings"),
        ({"text": "Hi", "windows": [{"shuts": 5}]}, "settings.windows.0"),
        ({}, "settings"),
    ],
)
async def test_settings_that_do_not_fit_are_refused(process, name, make_shop, sent, path):
    """The problem names the field, and nothing is stored."""
    found, shop = process(wordy(name)), await make_shop()
    refused = problem(await put(found.api, shop.owner, shop, name, 0, settings=sent), 422, "settings_invalid")
    assert [error["path"] for error in refused["errors"]] == [path]
    assert await found.states.of(name, shop.id) == Standing(store_id=shop.id, plugin=name, state="off")


async def test_a_plugin_is_not_on_without_the_settings_it_needs(process, name, make_shop):
    """Switching on is refused until they are there, together with it or before."""
    found, shop = process(wordy(name)), await make_shop()
    problem(await put(found.api, shop.owner, shop, name, 0, state="on"), 422, "settings_invalid")
    saved = ok(await put(found.api, shop.owner, shop, name, 0, settings={"text": "Hi"}))
    assert ok(await put(found.api, shop.owner, shop, name, saved["revision"], state="on"))["settings"] == {"text": "Hi"}


async def test_a_plugin_without_settings_takes_none(process, name, make_shop):
    """An empty object is fine, anything in it is not."""
    found, shop = process(greeter(name)), await make_shop()
    refused = problem(await put(found.api, shop.owner, shop, name, 0, settings={"a": 1}), 422, "settings_invalid")
    assert refused["errors"][0]["code"] == "no_settings"
    ok(await put(found.api, shop.owner, shop, name, 0, settings={}))


async def test_every_change_leaves_a_line_of_history(process, name, make_shop):
    """Who changed what, in the order of revisions."""
    found, shop = process(wordy(name)), await make_shop()
    first = ok(await put(found.api, shop.owner, shop, name, 0, settings={"text": "Hi"}))["revision"]
    ok(await put(found.api, shop.owner, shop, name, first, state="on"))
    lines = await db.fetch("SELECT * FROM plugin_state_change WHERE plugin = $1 ORDER BY revision", name)
    assert [(line["state"], line["settings"], line["changed_by"], line["store_id"]) for line in lines] == [
        ("off", {"text": "Hi"}, shop.owner.id, shop.id),
        ("on", {"text": "Hi"}, shop.owner.id, shop.id),
    ]
