"""A plugin is switched on and off under load, with two workers: nothing but 404 or 409, and never a wrong total."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from faults.servers import serving

pytestmark = pytest.mark.timeout(300)

LIST, OFF = 1999 + 800, 100
SECONDS, SHOPPERS, FLIPS = 5, 6, 8
ADDRESS = {"recipient": "王芳", "phone": "+8613800138000", "street": "长安街 1 号"}


class Till:
    """Requests over real connections; every answer of the kind that must not be is remembered."""

    def __init__(self, http, shop):
        self.http, self.shop = http, shop
        self.seen, self.wrong, self.told = Counter(), [], {}

    async def call(self, method, path, *, who, body=None, **headers):
        head = {"Authorization": f"Bearer {who}", "Idempotency-Key": uuid4().hex, **headers}
        return await self.http.request(method, path, json=body, headers=head)

    async def switch(self, shop, state):
        """Change the plugin's state in a shop."""
        path = f"/api/stores/{shop['shop']}/staff/plugins"
        found = await self.call("GET", path, who=shop["owner"])
        revision = next(each["revision"] for each in found.json() if each["name"] == "coupons")
        tag = {"If-Match": f'"v{revision}"'}
        answer = await self.call("PUT", f"{path}/coupons", who=shop["owner"], body={"state": state}, **tag)
        assert answer.status_code == 200, answer.text

    async def reduce(self, shop):
        """1.00 off every order, without a coupon."""
        now = datetime.now(UTC)
        body = {
            "name": {"zh-CN": "满减", "en": "Full reduction"},
            "starts_at": (now - timedelta(days=1)).isoformat(),
            "ends_at": (now + timedelta(days=1)).isoformat(),
            "tiers": [{"at": 1, "amount": OFF}],
        }
        path = f"/api/stores/{shop['shop']}/coupons/manage/reductions"
        made = await self.call("POST", path, who=shop["owner"], body=body)
        assert made.status_code == 201, made.text
        tag = {"If-Match": f'"v{made.json()["version"]}"'}
        answer = await self.call("POST", f"{path}/{made.json()['id']}/activate", who=shop["owner"], **tag)
        assert answer.status_code == 200, answer.text

    async def buy(self, shop, address, allowed):
        """Order at the total that the quote shows."""
        body = {"lines": [{"sku_id": shop["skus"][0], "quantity": 1}], "address_id": address}
        quote = await self.call("POST", "/api/checkouts/preview", who=self.shop["buyer"], body={"lines": body["lines"]})
        total = quote.json()["totals"]["total"]
        if quote.status_code != 200 or total["amount"] not in allowed:
            self.wrong.append((quote.status_code, quote.text))
            return
        placed = await self.call(
            "POST", "/api/checkouts", who=self.shop["buyer"], body=body | {"expected_total": total}
        )
        self.seen[shop["shop"], placed.status_code, placed.json().get("code")] += 1
        if placed.status_code == 201:
            self.told[placed.json()["id"]] = total["amount"]
            if placed.json()["total"] != total:
                self.wrong.append((placed.status_code, placed.text))
        elif placed.status_code != 409:
            self.wrong.append((placed.status_code, placed.text))

    async def look(self, shop, allowed):
        """Ask the plugin's own route."""
        answer = await self.call("GET", f"/api/stores/{shop['shop']}/coupons/reductions", who=self.shop["buyer"])
        self.seen[shop["shop"], "route", answer.status_code] += 1
        if answer.status_code not in allowed or (
            answer.status_code == 404 and answer.json()["code"] != "plugin_disabled"
        ):
            self.wrong.append((answer.status_code, answer.text))


async def test_a_plugin_is_switched_under_load(addresses, own_database):
    """Each order costs what was shown, with the reduction or without it; the other store notices nothing."""
    environment = {"GALLERIA_WORKERS": "2"}
    with serving(addresses, own_database, "galleria.app:create_app", **environment) as served:
        limits = httpx.Limits(max_connections=40)
        async with httpx.AsyncClient(base_url=served.base, timeout=30, limits=limits) as http:
            till = Till(http, served.shop)
            await _run(till, served.shop, served.shop["other"])
        code, printed = await asyncio.to_thread(served.check)
    assert till.wrong == []
    assert code == 0, printed
    a, b = served.shop["shop"], served.shop["other"]["shop"]
    assert till.seen[a, "route", 200], till.seen
    assert till.seen[a, "route", 404], till.seen
    assert {LIST, LIST - OFF} <= set(till.told.values())
    assert not [key for key in till.seen if key[0] == b and key[1] == 409], till.seen


async def _run(till, shop, other):
    address = (await till.call("POST", "/api/me/addresses", who=shop["buyer"], body=ADDRESS)).json()["id"]
    for each in (shop, other):
        await till.switch(each, "on")
        await till.reduce(each)
    for state in ("draining", "off"):
        await till.switch(other, state)
    await asyncio.sleep(1.2)
    ends = asyncio.get_running_loop().time() + SECONDS
    shoppers = [_shop(till, shop, other, address, ends) for _ in range(SHOPPERS)]
    await asyncio.gather(_operate(till, shop), *shoppers)
    for checkout, total in till.told.items():
        read = await till.call("GET", f"/api/checkouts/{checkout}", who=shop["buyer"])
        if read.status_code != 200 or read.json()["total"]["amount"] != total:
            till.wrong.append((read.status_code, read.text))


async def _shop(till, shop, other, address, ends):
    while asyncio.get_running_loop().time() < ends:
        await till.buy(shop, address, {LIST, LIST - OFF})
        await till.look(shop, {200, 404})
        await till.buy(other, address, {LIST})
        await till.look(other, {404})


async def _operate(till, shop):
    for state in ("draining", "off", "on") * FLIPS:
        await asyncio.sleep(SECONDS / FLIPS / 3)
        await till.switch(shop, state)
