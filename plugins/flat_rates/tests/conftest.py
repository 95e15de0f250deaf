from __future__ import annotations

from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from galleria.core.testing import till
from galleria.core.testing.client import ok
from galleria.core.testing.shopping import ADDRESS, deliver


class Buyer:
    """A shopper with an address."""

    def __init__(self, mall, api, address_id) -> None:
        self.mall = mall
        self.api = api
        self.address_id = address_id

    def basket(self, goods, quantity=1):
        return {"lines": [{"sku_id": str(goods.sku), "quantity": quantity}], "address_id": self.address_id}

    async def quote(self, goods, quantity=1):
        return ok(await self.api.post("/api/checkouts/preview", self.basket(goods, quantity), key=""))

    async def send(self, goods, quantity=1):
        total = (await self.quote(goods, quantity))["totals"]["total"]
        return await self.api.post("/api/checkouts", {**self.basket(goods, quantity), "expected_total": total})

    async def place(self, goods, quantity=1):
        return ok(await self.send(goods, quantity), 201)

    async def order(self, placed):
        return ok(await self.api.get(f"/api/orders/{placed['orders'][0]['id']}"))

    async def pay(self, placed) -> None:
        """Have the money taken, and everybody told of it."""
        await till.capture(self.mall, UUID(placed["payment_id"]))
        await deliver(self.mall)


@pytest.fixture
async def buyer(mall, api, make_person):
    client = api.acting_as(await make_person())
    return Buyer(mall, client, ok(await client.post("/api/me/addresses", ADDRESS), 201)["id"])


@pytest.fixture
def change(api):
    """PUT a plugin's state or settings, as who may."""

    async def put(person, path, **said):
        client = api.acting_as(person)
        at = next(one for one in ok(await client.get(path)) if one["name"] == "flat_rates")
        match = {"If-Match": f'"v{at["revision"]}"'}
        return await client.put(f"{path}/flat_rates", said, headers=match)

    return put


@pytest.fixture
def for_the_mall(change, make_person):
    """Have the plugin on for the mall for a while: every store of the tests would feel it."""

    @asynccontextmanager
    async def on(**settings):
        operator = await make_person(operator=True)
        ok(await change(operator, "/api/mall/plugins", state="on", settings=settings))
        try:
            yield
        finally:
            for state in ("draining", "off"):
                ok(await change(operator, "/api/mall/plugins", state=state))

    return on
