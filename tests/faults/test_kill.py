"""Kill -9 of the worker at every commit boundary of checkout, payment and refund."""

from __future__ import annotations

import time
from uuid import uuid4

import asyncpg
import httpx
import pytest
from faults import crashing
from faults.servers import serving

pytestmark = pytest.mark.timeout(900)


class Buyer:
    """A client that repeats what was not answered, with the same key, and remembers what it was told."""

    def __init__(self, served):
        self.served = served
        self.http = httpx.Client(base_url=served.base, timeout=15)
        self.told = []

    def call(self, method, path, *, who="buyer", body=None, key=None):
        headers = {"Authorization": f"Bearer {self.served.shop[who]}"} if who else {}
        if key:
            headers["Idempotency-Key"] = key
        for _ in range(20):
            try:
                answer = self.http.request(method, path, json=body, headers=headers)
                break
            except httpx.TransportError:
                self.served.wait()
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer.json()

    def until(self, path, done, who="buyer"):
        """Read `path` until `done`; deliveries and sweeps run in the server."""
        for _ in range(200):
            seen = self.call("GET", path, who=who)
            if done(seen):
                return seen
            time.sleep(0.05)
        raise AssertionError(f"never done: {seen}")

    def live(self):
        """Buy, pay, be refunded; every answer counts as told."""
        run, shop = uuid4().hex, self.served.shop
        address = {"recipient": "王芳", "phone": "+8613800138000", "street": "长安街 1 号"}
        place = self.call("POST", "/api/me/addresses", body=address, key=f"{run}-a")
        lines = [{"sku_id": shop["skus"][0], "quantity": 3}, {"sku_id": shop["skus"][1], "quantity": 1}]
        total = {"amount": 3 * 1999 + 501 + 800, "currency": "CNY"}
        body = {"lines": lines, "address_id": place["id"], "expected_total": total}
        checkout = self.call("POST", "/api/checkouts", body=body, key=f"{run}-c")
        self.told.append(checkout["id"])
        attempt = self.call(
            "POST",
            f"/api/payments/{checkout['payment_id']}/attempts",
            body={"provider": "sandbox_pay"},
            key=f"{run}-p",
        )
        self.call("POST", f"{attempt['client_data']['pay_url']}/pay", who=None, body={})
        self.until(f"/api/checkouts/{checkout['id']}", lambda seen: seen["state"] == "paid")
        order = f"/api/stores/{shop['shop']}/staff/orders/{checkout['orders'][0]['id']}"
        self.call("POST", f"{order}/refunds", who="owner", body={}, key=f"{run}-r")
        self.until(order, lambda seen: [r["state"] for r in seen["refunds"]] == ["settled"], who="owner")


def kill_at_boundaries(served, path, point, stride):
    """One life for each boundary (or each `stride`th), until a life has none left; returns how many killed."""
    buyer, lives = Buyer(served), 0
    while lives < 80:
        path.write_text(f"{point} {1 + lives * stride}")
        buyer.live()
        if path.read_text() != crashing.FIRED:
            return buyer, lives
        lives += 1
    raise AssertionError("the boundaries do not end")


STRIDES = [pytest.param(5, id="some"), pytest.param(1, id="each", marks=pytest.mark.soak)]


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("point", ["before", "after"])
async def test_killed_at_commits(addresses, own_database, tmp_path, point, stride, record_property):
    """Whatever commit the server dies at, each buyer ends with one order, refunded once, and no rule is broken."""
    path = tmp_path / "crash"
    path.write_text("")
    with serving(addresses, own_database, "crashing:create_app", **{crashing.VARIABLE: str(path)}) as served:
        buyer, killed = kill_at_boundaries(served, path, point, stride)
        record_property("killed", killed)
        assert killed >= 8 // stride
        code, printed = served.check()
    assert code == 0, printed
    await check_money(own_database, buyer, killed + 1)


async def check_money(database_url, buyer, lives):
    """What was told is there, and every captured fen went back."""
    link = await asyncpg.connect(database_url)
    try:
        known = {str(row["id"]) for row in await link.fetch("SELECT id FROM checkout")}
        assert set(buyer.told) == known
        assert len(known) == lives
        rows = await link.fetch("SELECT captured, refunded, amount, state FROM payment")
        assert {tuple(row) for row in rows} == {(7298, 7298, 7298, "paid")}
        assert await link.fetchval("SELECT count(*) FROM order_refund WHERE state = 'settled'") == lives
        assert await link.fetchval("SELECT sum(held) FROM stock_level") == 0
    finally:
        await link.close()
