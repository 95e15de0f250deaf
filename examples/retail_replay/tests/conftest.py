"""A mall that has the plugin, whether its distribution is installed or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import galleria_retail_replay.plugin as module
import httpx
import pytest
import pytest_asyncio
from galleria.app import build_mall, create_app
from galleria.core.mall import Mall
from galleria.core.plugins.metadata import from_module
from galleria.core.storage import migrations, piccolo_conf
from galleria.core.testing.client import Api, ok
from galleria.core.testing.factories import enable_plugin
from litestar import Litestar

NAME = "retail_replay"
ADDRESS = {
    "recipient": "Household 1", "phone": "+12025550123", "country": "US", "province": "Ohio", "city": "Cincinnati",
    "street": "1 Main Street",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def replaying(application: Litestar) -> AsyncIterator[Litestar]:
    """An application that has the plugin and its tables, on the running one's engines and clock."""
    running: Mall = application.state.mall
    others = [plugin for plugin in running.plugins.plugins if plugin.name != NAME]
    made = build_mall(
        running.settings,
        plugins=[*others, from_module(NAME, module, "galleria-retail-replay", "0.1.0")],
        clock=running.clock,
    )
    await migrations.migrate()
    yield create_app(made)
    piccolo_conf.register_apps(running.plugins.table_apps)
    await made.redis.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def mall(replaying: Litestar) -> Mall:
    """The mall that has the plugin: the fixtures of galleria.core.testing are bound to it."""
    found: Mall = replaying.state.mall
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def api(replaying: Litestar) -> AsyncIterator[Api]:
    transport = httpx.ASGITransport(cast("Any", replaying))
    async with httpx.AsyncClient(transport=transport, base_url="http://mall.test") as http:
        yield Api(http)


class Counter:
    """A shop with the plugin on, two things for sale at 5.00 and 3.00, and a shopper with an address."""

    def __init__(self, api: Api, goods: Any, shopper: Any, address_id: str) -> None:
        self.goods, self.shop = goods, goods.shop
        self.staff, self.shopper = api.acting_as(goods.shop.owner), api.acting_as(shopper)
        self.address_id = address_id

    @property
    def path(self) -> str:
        return f"{self.shop.path}/{NAME}"

    def row(self, receipt: str = "r-1", line: int = 0, sku: int = 0, **changes: Any) -> dict[str, Any]:
        """Two at 4.50 instead of 5.00, less 0.90, 0.20 and 0.50: 7.40 for the line."""
        base = {"receipt": receipt, "line": line, "sku_id": str(self.goods.skus[sku]), "quantity": 2}
        amounts = {"unit_price": 450, "retail_disc": 90, "coupon_match_disc": 20, "coupon_disc": 50}
        return base | amounts | changes

    async def keep(self, *rows: dict[str, Any]) -> httpx.Response:
        return await self.staff.put(f"{self.path}/lines", {"lines": list(rows)})

    async def receipt(self, number: str) -> Any:
        return ok(await self.staff.get(f"{self.path}/receipts/{number}"))

    def line(self, receipt: str = "r-1", line: int = 0, sku: int = 0, quantity: int = 2) -> dict[str, Any]:
        extra = {NAME: {"receipt": receipt, "line": line}}
        return {"sku_id": str(self.goods.skus[sku]), "quantity": quantity, "extra": extra}

    async def quote(self, *lines: dict[str, Any]) -> Any:
        return ok(await self.shopper.post("/api/checkouts/preview", {"lines": list(lines)}, key=""))

    async def total(self, *lines: dict[str, Any]) -> int:
        return int((await self.quote(*lines))["totals"]["total"]["amount"])

    async def buy(self, total: int, *lines: dict[str, Any]) -> httpx.Response:
        expected = {"amount": total, "currency": self.shop.currency}
        body = {"lines": list(lines), "address_id": self.address_id, "expected_total": expected}
        return await self.shopper.post("/api/checkouts", body)


@pytest.fixture
async def counter(mall: Any, api: Api, make_shop: Any, make_goods: Any, make_person: Any) -> Counter:
    shop, shopper = await make_shop(currency="USD"), await make_person()
    goods = await make_goods(shop, prices=[500, 300])
    await enable_plugin(mall, NAME, shop)
    address = ok(await api.acting_as(shopper).post("/api/me/addresses", ADDRESS), 201)
    return Counter(api, goods, shopper, address["id"])
