from __future__ import annotations

import pytest
import pytest_asyncio
from galleria.core.plugin_api import rules_changed
from galleria.core.plugins.changing import Wish, change
from galleria.core.storage import db
from galleria.core.storage.engine import Connection
from galleria.core.storage.invariants import violations
from galleria.core.testing.client import ok
from galleria.core.testing.soundness import kept_sound
from galleria_coupons.invariants import INVARIANTS

from .shopping import ADDRESS, Desk, Shopper

ENDED = "UPDATE coupons_{} SET state = 'ended' WHERE store_id IS NULL AND state <> 'ended'"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sound(application):
    """The module leaves every invariant of core and of coupons as it was."""
    async with kept_sound(*INVARIANTS):
        yield


@pytest.fixture
async def make_shopper(api, mall, make_person, sound):
    """Makes a shopper with an address; after the test every invariant of coupons must hold."""

    async def make() -> Shopper:
        client = api.acting_as(person := await make_person())
        address = ok(await client.post("/api/me/addresses", ADDRESS), 201)
        return Shopper(client, mall, person, address["id"])

    yield make
    await mall.outbox.deliver(mall.now())
    assert await violations(INVARIANTS, mall.now()) == []


@pytest.fixture
def statements(monkeypatch):
    """The statements about coupons that were sent, in order."""
    sent = []

    def spied(plain):
        def spy(link, sql, *args, **more):
            if "coupons_" in sql:
                sent.append(sql)
            return plain(link, sql, *args, **more)

        return spy

    for name in ("fetch", "fetchrow", "fetchval", "execute", "prepare"):
        monkeypatch.setattr(Connection, name, spied(getattr(Connection, name)))
    return sent


@pytest.fixture
async def shopper(make_shopper):
    return await make_shopper()


@pytest.fixture
async def shop(make_shop, enable_plugin):
    """A shop where coupons are on."""
    made = await make_shop()
    await enable_plugin("coupons", made, {})
    return made


@pytest.fixture
async def desk(api, mall, shop):
    """The shop's campaigns, run by its owner."""
    return Desk(api.acting_as(shop.owner), mall, shop)


@pytest.fixture
async def mall_desk(api, mall, make_person, enable_plugin):
    """The mall's campaigns, run by its operator. After the test they have ended, and coupons are off for the mall."""
    await enable_plugin("coupons", None, {})
    yield Desk(api.acting_as(await make_person(operator=True)), mall, None)
    for noun in ("campaign", "reduction"):
        await db.execute(ENDED.format(noun))
    await rules_changed(mall, "coupons", None)
    await switch(mall, None, "draining")
    await switch(mall, None, "off")


async def switch(mall, shop, state):
    """Switch coupons in a shop, or in the mall."""
    states = mall.plugins.states
    await states.forget()
    found = await states.of("coupons", shop.id if shop else None)
    if found.state != state:
        await change(states, "coupons", found.store_id, Wish(revision=found.revision, state=state), now=mall.now())


@pytest.fixture
async def goods(shop, make_goods):
    """Two SKUs at 60.00 and 40.00."""
    return await make_goods(shop, prices=(6_000, 4_000), stock=1_000)


@pytest.fixture(name="switch")
def switching(mall):
    """Switch coupons in a shop, or in the mall: `await switch(shop, "off")`."""

    async def to(shop, state):
        await switch(mall, shop, state)

    return to
