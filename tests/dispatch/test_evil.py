"""What evil plugins cannot do: change what is charged, harm a store where they are off, harm another plugin."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import uuid4

import httpx
import msgspec
import pytest
import pytest_asyncio
from galleria.app import build_mall, create_app
from galleria.core.mall import Mall
from galleria.core.plugins import breakers
from galleria.core.plugins.changing import Wish, change
from galleria.core.storage import db, piccolo_conf
from galleria.core.testing import evil
from galleria.core.testing.client import Api, ok, problem
from galleria.core.testing.factories import Goods, enable_plugin
from galleria.core.testing.soundness import kept_sound

from ..plugins.inline import plugin
from .buying import buy, quote
from .test_flow import rebate

GROUPS = {"startup": 1, "pricing": 1, "checkout": 1, "orders": 1}
PACK = {
    f"{kind}: {label}": hooks
    for kind in ("PROPOSALS", "QUOTES", "CHECKS", "CLAIMS", "ROBBERS", "HARMLESS")
    for label, hooks in getattr(evil, kind).items()
}


def labels(kind):
    return [label for label in PACK if label.startswith(kind)]


SPARED = ("CLAIMS: raises", "CLAIMS: hangs", "CLAIMS: aborts the transaction")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pack(application):
    """One mall with the whole pack installed, and a plugin that takes 1.00 off: (mall, api, names by label)."""
    mall, mark = application.state.mall, uuid4().hex[:6]
    names = {label: f"evil_{mark}_{at}" for at, label in enumerate(PACK)}
    optional = {f"optional {label}": f"{names[label]}_optional" for label in (*labels("CHECKS"), *SPARED)}
    plugins = [
        plugin(name, requires=GROUPS, info={"takes_part": "every", "optional": label in optional}, **PACK[real])
        for label, name in {**names, **optional}.items()
        for real in [label.removeprefix("optional ")]
    ]
    settings = msgspec.structs.replace(mall.settings, hook_deadline=0.3, claim_deadline=0.3)
    good = rebate(f"rebate_{mark}", [])
    made = build_mall(settings, plugins=[*mall.plugins.plugins, *plugins, good], clock=mall.clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(made)), base_url="http://mall.test") as http:
        yield made, Api(http), {**names, **optional, "good": good.name}
    await made.redis.aclose()
    piccolo_conf.register_apps(mall.plugins.table_apps)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def sound(application):
    """All of it leaves every invariant as it was."""
    async with kept_sound():
        yield


@pytest.fixture
async def memory(mall):
    """A table in which an evil claim writes: what is in it was committed."""
    await db.execute("CREATE TABLE IF NOT EXISTS evil_memory (word text)")
    await db.execute("TRUNCATE evil_memory")
    yield lambda: db.fetch_value("SELECT count(*) FROM evil_memory")
    await db.execute("DROP TABLE evil_memory")


@dataclass
class Scene:
    """Two shops with one product of 19.99; the evil plugin is on in the first, a rebate of 1.00 in both."""

    mall: Mall
    client: Api
    evil: str
    goods: Goods
    other: Goods


@pytest.fixture
async def infested(pack, make_shop, make_goods, make_person):
    async def make(label):
        mall, api, names = pack
        goods, other = [await make_goods(await make_shop(), prices=[1999]) for _ in range(2)]
        await enable_plugin(mall, names[label], goods.shop)
        for each in (goods, other):
            await enable_plugin(mall, names["good"], each.shop)
        return Scene(mall, api.acting_as(await make_person()), names[label], goods, other)

    return make


@pytest.mark.parametrize("label", labels("PROPOSALS"))
async def test_an_evil_proposal_changes_no_price(infested, label):
    """Beside an evil proposal the other plugin's offer counts, and the order costs what was shown."""
    scene = await infested(label)
    assert (await quote(scene.client, scene.goods.sku, 2))["totals"]["total"]["amount"] == 2 * 1999 - 100
    ok(await buy(scene.client, scene.goods.sku, 2 * 1999 - 100, quantity=2), 201)
    ok(await buy(scene.client, scene.other.sku, 1899), 201)
    await asyncio.sleep(0.1 if "tasks" in label else 0)
    assert await db.fetch_value("SELECT price FROM sku WHERE id = $1", scene.goods.sku) == 1999


@pytest.mark.parametrize("label", labels("QUOTES"))
async def test_nothing_is_sold_on_an_evil_quote(infested, label):
    """Without sound shipping and tax nothing can be ordered in that store; the cart names the plugin."""
    scene = await infested(label)
    shown = await quote(scene.client, scene.goods.sku)
    assert [(each["code"], each["plugin"]) for each in shown["refused"]] == [("plugin_failed", scene.evil)]
    assert problem(await buy(scene.client, scene.goods.sku, 1899), 503, "plugin_failed")["plugin"] == scene.evil
    ok(await buy(scene.client, scene.other.sku, 1899), 201)


@pytest.mark.parametrize("label", labels("CHECKS"))
async def test_a_check_that_fails_refuses(infested, label):
    """A failing check refuses the order in its store, and none elsewhere."""
    scene = await infested(label)
    assert problem(await buy(scene.client, scene.goods.sku, 1899), 503, "plugin_failed")["plugin"] == scene.evil
    ok(await buy(scene.client, scene.other.sku, 1899), 201)


@pytest.mark.parametrize("label", labels("CHECKS"))
async def test_an_optional_check_that_fails_is_left_out(infested, label):
    """A plugin that calls itself optional does not stand in the way while it fails."""
    scene = await infested(f"optional {label}")
    ok(await buy(scene.client, scene.goods.sku, 1899), 201)


@pytest.mark.parametrize("label", labels("CLAIMS"))
async def test_an_evil_claim_refuses_and_leaves_nothing(infested, memory, label):
    """The order is refused, whatever the claim has written is gone, and the other store sells."""
    scene = await infested(label)
    answer = await buy(scene.client, scene.goods.sku, 1899)
    assert answer.status_code in (409, 503), answer.text
    assert answer.json()["code"] in ("claim_refused", "plugin_failed", "unavailable")
    assert await memory() == 0
    assert ok(await scene.client.get("/api/orders"), 200)["items"] == []
    ok(await buy(scene.client, scene.other.sku, 1899), 201)


@pytest.mark.parametrize("label", SPARED)
async def test_an_optional_claim_that_fails_is_left_out(infested, memory, label):
    """The order is placed, and nothing that the claim has written is left."""
    scene = await infested(f"optional {label}")
    ok(await buy(scene.client, scene.goods.sku, 1899), 201)
    assert await memory() == 0


@pytest.mark.parametrize("label", labels("ROBBERS"))
async def test_a_claim_that_ends_the_transaction_is_found_out(infested, label):
    """Nothing of the order is written after it, and the request may be made again."""
    scene = await infested(label)
    answer = await buy(scene.client, scene.goods.sku, 1899, key="k" * 16)
    assert problem(answer, 503, "plugin_failed")["plugin"] == scene.evil
    assert ok(await scene.client.get("/api/orders"), 200)["items"] == []
    states, shop = scene.mall.plugins.states, scene.goods.shop.id
    wish = Wish(revision=(await states.of(scene.evil, shop)).revision, state="draining")
    await change(states, scene.evil, shop, wish, now=scene.mall.now())
    ok(await buy(scene.client, scene.goods.sku, 1899, key="k" * 16), 201)


@pytest.mark.parametrize("label", labels("HARMLESS"))
async def test_tasks_that_a_claim_leaves_cannot_use_its_transaction(infested, memory, label):
    """They find the transaction closed to them, while it is open and afterwards."""
    scene = await infested(label)
    ok(await buy(scene.client, scene.goods.sku, 1899), 201)
    await asyncio.sleep(0.2)
    assert await memory() == 0


RAISES, HANGS = "PROPOSALS: raises", "PROPOSALS: hangs"


async def test_after_failures_in_a_row_the_plugin_is_suspended_and_the_operator_told(infested):
    """Five failures: the plugin is called no more in that store, and an incident names it."""
    scene = await infested(RAISES)
    plugins, shop = scene.mall.plugins, scene.goods.shop.id
    before = plugins.meter.tallies.pop((scene.evil, "propose_offers", "failed"), None)
    for _ in range(breakers.FAILURES + 2):
        await quote(scene.client, scene.goods.sku)
    assert before is not None
    assert (shop, scene.evil) in plugins.breakers.suspended()
    assert plugins.meter.tallies[scene.evil, "propose_offers", "failed"].calls == breakers.FAILURES
    await asyncio.gather(*plugins.tasks)
    sql = "SELECT hook, kind, error FROM plugin_incident WHERE plugin = $1 AND store_id = $2"
    assert tuple(await db.fetch_row(sql, scene.evil, shop)) == ("propose_offers", "failed", "RuntimeError: evil")
    assert (await quote(scene.client, scene.other.sku))["totals"]["total"]["amount"] == 1899


async def test_a_suspended_plugin_is_tried_again_after_a_pause(infested):
    """After the pause one call is let through; when it fails, the pause begins anew."""
    scene, seconds = await infested(RAISES), 1000.0
    scene.mall.plugins.breakers = breakers.Breakers(lambda: seconds)
    scene.mall.plugins.meter.tallies.clear()
    for _ in range(breakers.FAILURES + 1):
        await quote(scene.client, scene.goods.sku)
    seconds += breakers.PAUSE + 1
    for _ in range(3):
        await quote(scene.client, scene.goods.sku)
    assert scene.mall.plugins.meter.tallies[scene.evil, "propose_offers", "failed"].calls == breakers.FAILURES + 1


async def test_a_hanging_plugin_costs_its_deadline_and_no_more(infested):
    """The meter says that it was slow, and the others' offers are there."""
    scene = await infested(HANGS)
    scene.mall.plugins.meter.tallies.clear()
    assert (await quote(scene.client, scene.goods.sku))["totals"]["total"]["amount"] == 1899
    assert scene.mall.plugins.meter.tallies[scene.evil, "propose_offers", "slow"].calls == 1
