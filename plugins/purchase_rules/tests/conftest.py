from __future__ import annotations

from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from galleria.core.plugin_api import db
from galleria.core.testing import till
from galleria.core.testing.client import ok
from galleria.core.testing.shopping import ADDRESS, deliver
from galleria.core.testing.soundness import kept_sound
from galleria_purchase_rules.invariants import INVARIANTS

NAME = "purchase_rules"


class Buyer:
    """A shopper with an address."""

    def __init__(self, mall, api, person, address_id) -> None:
        self.mall = mall
        self.api = api
        self.person = person
        self.address_id = address_id

    def basket(self, *wanted):
        """`wanted` are (goods, quantity) or (SKU's id, quantity)."""
        lines = [{"sku_id": str(getattr(what, "sku", what)), "quantity": count} for what, count in wanted]
        return {"lines": lines, "address_id": self.address_id}

    async def quote(self, *wanted):
        return ok(await self.api.post("/api/checkouts/preview", self.basket(*wanted), key=""))

    async def refusals(self, *wanted):
        """What the quote says against it: codes with their params."""
        return [(one["code"], one["params"]) for one in (await self.quote(*wanted))["refused"]]

    async def body(self, *wanted):
        total = (await self.quote(*wanted))["totals"]["total"]
        return {**self.basket(*wanted), "expected_total": total}

    async def send(self, *wanted):
        return await self.api.post("/api/checkouts", await self.body(*wanted))

    async def place(self, *wanted):
        return ok(await self.send(*wanted), 201)

    async def order(self, placed):
        return ok(await self.api.get(f"/api/orders/{placed['orders'][0]['id']}"))

    async def cancel(self, placed) -> None:
        ok(await self.api.post(f"/api/checkouts/{placed['id']}/cancel", {}, key=""))

    async def pay(self, placed) -> None:
        """Have the money taken, and everybody told of it."""
        await till.capture(self.mall, UUID(placed["payment_id"]))
        await deliver(self.mall)


@pytest.fixture
async def make_buyer(mall, api, make_person):
    async def make() -> Buyer:
        person = await make_person()
        client = api.acting_as(person)
        return Buyer(mall, client, person, ok(await client.post("/api/me/addresses", ADDRESS), 201)["id"])

    return make


@pytest.fixture
async def buyer(make_buyer):
    return await make_buyer()


class Staff:
    """Somebody who works for a shop, at the plugin's routes and at its orders."""

    def __init__(self, api, shop) -> None:
        self.api = api
        self.shop = shop
        self.rules = f"{shop.path}/{NAME}"

    async def limit(self, target, quantity, period="ever", *, product=False):
        """Limit a SKU, or the product, of some goods."""
        on = {"product_id": str(target.id)} if product else {"sku_id": str(target.sku)}
        return ok(await self.api.post(f"{self.rules}/limits", {**on, "period": period, "quantity": quantity}), 201)

    async def switch(self, **said):
        path = f"{self.shop.path}/staff/plugins"
        at = next(one for one in ok(await self.api.get(path)) if one["name"] == NAME)
        return await self.api.put(f"{path}/{NAME}", said, headers={"If-Match": f'"v{at["revision"]}"'})

    async def ship(self, placed):
        parcel = {"carrier": "SF", "tracking_number": uuid4().hex}
        return await self.api.post(f"{self.shop.path}/staff/orders/{placed['orders'][0]['id']}/parcels", parcel)

    async def refund(self, placed, line=None, quantity=1) -> None:
        body = {"lines": [{"line_id": line["id"], "quantity": quantity}]} if line else {}
        path = f"{self.shop.path}/staff/orders/{placed['orders'][0]['id']}/refunds"
        ok(await self.api.post(path, body), 201)

    async def get(self, path):
        return ok(await self.api.get(f"{self.rules}/{path}"))


@pytest.fixture
async def ruled(api, make_shop, enable_plugin):
    """Opens a shop with the plugin on; returns its owner at work."""

    async def make(**settings) -> Staff:
        shop = await make_shop()
        await enable_plugin(NAME, shop, settings)
        return Staff(api.acting_as(shop.owner), shop)

    return make


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def sound(application):
    """A module leaves every invariant of core and of the plugin as it was."""
    async with kept_sound(*INVARIANTS):
        yield


async def taken(goods, buyer=None) -> int:
    """Units that a shopper, or all, have of the limits of a shop."""
    sql = (
        "SELECT COALESCE(sum(used), 0) FROM purchase_rules_counter "
        "WHERE store_id = $1 AND ($2::uuid IS NULL OR account_id = $2)"
    )
    return int(await db.fetch_value(sql, goods.shop.id, buyer.person.id if buyer else None))


def left(answer) -> int:
    """What a refusal by a limit says is left."""
    return answer["errors"][0]["params"]["left"]
