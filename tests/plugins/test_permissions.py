"""Permissions and invariants that plugins add."""

from __future__ import annotations

import pytest
from galleria import hookspecs
from galleria.app import create_app
from galleria.core.cli.checking import broken, check
from galleria.core.errors import PluginError
from galleria.core.http.access import staff
from galleria.core.jobs.registry import INVARIANTS, invariants_of
from galleria.core.plugins.manager import PluginManager
from galleria.core.plugins.registration import Permission
from galleria.core.settings import Settings
from galleria.core.storage.invariants import Invariant, violations
from galleria.core.testing.client import ok, problem
from galleria.core.testing.factories import enable_plugin
from galleria.hookspecs import Routes, hookimpl
from litestar import get

from .inline import plugin

LABEL = {"zh-CN": "抽奖", "en": "Draw lots"}


def lottery(name, *, asks="draw", permissions=None, invariants=()):
    """A plugin whose store route asks for a permission, which it registers unless told otherwise."""
    offered = [Permission(code=f"{name}.draw", label=LABEL)] if permissions is None else permissions

    @get("/draw", access=staff(asks if "." in asks else f"{name}.{asks}"))
    async def draw() -> str:
        return "drawn"

    @hookimpl
    def register_routes(ctx):
        return Routes(store=[draw])

    @hookimpl
    def register_permissions(ctx):
        return offered

    @hookimpl
    def register_invariants(ctx):
        return list(invariants)

    return plugin(
        name,
        register_routes=register_routes,
        register_permissions=register_permissions,
        register_invariants=register_invariants,
    )


async def test_an_owner_gives_a_plugins_permission(process, name, make_shop, make_person):
    """Staff who are given it may call the plugin's route, and nobody else; giving needs no edit in core."""
    found, shop, clerk = process(lottery(name)), await make_shop(), await make_person()
    owner, person = found.api.acting_as(shop.owner), found.api.acting_as(clerk)
    await enable_plugin(found.mall, name, shop)
    body = {"identifier": clerk.email, "permissions": ["orders.read"]}
    ok(await owner.post(f"{shop.path}/staff/members", body), 201)
    problem(await person.get(f"{shop.path}/{name}/draw"), 403, "forbidden")
    more = {"role": "staff", "permissions": ["orders.read", f"{name}.draw"]}
    ok(await owner.put(f"{shop.path}/staff/members/{clerk.id}", more))
    assert (await person.get(f"{shop.path}/{name}/draw")).text == "drawn"
    unknown = {"role": "staff", "permissions": [f"{name}.cheat"]}
    problem(await owner.put(f"{shop.path}/staff/members/{clerk.id}", unknown), 422, "unknown_permission")


async def test_an_owner_is_told_of_every_permission(process, name, make_shop):
    """The list of workplaces has the plugin's permission among an owner's."""
    found, shop = process(lottery(name)), await make_shop()
    [place] = ok(await found.api.acting_as(shop.owner).get("/api/me/stores"))["items"]
    assert f"{name}.draw" in place["permissions"]


async def test_the_list_has_the_plugins_that_are_on(process, name, make_shop):
    """Labels come in the language of the request; a plugin's are there where it is on."""
    found, here, there = process(lottery(name)), await make_shop(), await make_shop()
    await enable_plugin(found.mall, name, here)

    async def listed(shop, language):
        client = found.api.acting_as(shop.owner).having(Accept_Language=language)
        items = ok(await client.get(f"{shop.path}/staff/permissions"))["items"]
        return {item["code"]: item["label"] for item in items}

    assert (await listed(here, "en"))[f"{name}.draw"] == "Draw lots"
    chinese = await listed(here, "zh-CN")
    assert (chinese[f"{name}.draw"], chinese["stock.write"]) == ("抽奖", "管理库存")
    assert f"{name}.draw" not in await listed(there, "en")


@pytest.mark.parametrize(
    ("offered", "reason"),
    [
        ([Permission(code="other.draw", label=LABEL)], r"'other.draw'. Call it lots.<word>"),
        ([Permission(code="lots.Draw", label=LABEL)], r"'lots.Draw'. Call it lots.<word>"),
        ([Permission(code="lots", label=LABEL)], r"'lots'. Call it lots.<word>"),
        ([Permission(code="lots.draw", label=LABEL)] * 2, r"'lots.draw' twice"),
        ([Permission(code="lots.draw", label={"en": "Draw"})], r"lots.draw lacks a label in zh-CN. Add it"),
        ([Permission(code="lots.draw", label={"zh-CN": "", "en": ""})], r"lacks a label in zh-CN, en"),
        ([Permission(code="lots.draw", label="Draw")], r"which is no Permission"),
        ([Permission(code=7, label=LABEL)], r"which is no Permission"),
        (["lots.draw"], r"registers 'lots.draw', which is no Permission"),
        ("lots.draw", r"answered register_permissions with a str"),
    ],
)
def test_a_permission_that_cannot_be_stops_the_start(offered, reason):
    """The message names the plugin and what to do."""
    with pytest.raises(PluginError, match=rf"^lots \(galleria-lots 1.0\).*{reason}"):
        PluginManager(Settings(), hookspecs, [lottery("lots", permissions=offered)])


async def test_a_route_with_an_unregistered_permission_stops_the_start(process, name):
    """A permission that nobody could be given would lock the route; the message names plugin, route and mend."""
    with pytest.raises(PluginError, match=rf"{name} .*/{name}/draw asks for .*'{name}.win'.*register_permissions"):
        process(lottery(name, asks="win"))


async def test_a_route_may_ask_for_core_permissions(process, name):
    """What core registers need not be registered again."""
    assert create_app(process(lottery(name, asks="orders.read", permissions=[])).mall)


async def test_invariants_of_plugins_are_held_with_cores(process, name, mall):
    """They are evaluated with core's, under the plugin's name."""
    rules = [
        Invariant("nobody wins", "SELECT 1 AS winner"),
        Invariant("all is well", "SELECT 1 WHERE $1::timestamptz < 'epoch'"),
    ]
    found = process(lottery(name, invariants=rules)).mall
    assert [one.name for one in found.plugins.invariants] == [f"{name}: nobody wins", f"{name}: all is well"]
    assert invariants_of(found) == (*INVARIANTS, *found.plugins.invariants)
    [broken] = await violations(found.plugins.invariants, mall.now())
    assert (broken.name, broken.examples) == (f"{name}: nobody wins", [{"winner": 1}])


async def test_the_check_says_which_rule_cannot_be_evaluated(process, name, capsys):
    """A plugin's faulty statement is a broken rule, and the ones after it are held all the same."""
    rules = [Invariant("nonsense", "SELECT FROM nowhere"), Invariant("nobody wins", "SELECT 1 AS winner")]
    found = process(lottery(name, invariants=rules)).mall
    mine = [one for one in await broken(found) if one.name.startswith(name)]
    assert [(one.name, one.count) for one in mine] == [(f"{name}: nonsense", 0), (f"{name}: nobody wins", 1)]
    assert "nowhere" in mine[0].examples[0]["error"]
    assert await check(found) == 1
    assert f"BROKEN: {name}: nonsense" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ([Invariant("", "SELECT 1")], "without a name"),
        ([Invariant("one", "SELECT 1")] * 2, "'one' twice"),
        (["SELECT 1"], "which is no Invariant"),
    ],
)
def test_an_invariant_that_says_nothing_stops_the_start(rules, reason):
    """A rule has a name of its own and a statement."""
    with pytest.raises(PluginError, match=rf"^lots .*{reason}"):
        PluginManager(Settings(), hookspecs, [lottery("lots", invariants=rules)])
