"""Buying one thing over HTTP."""

from __future__ import annotations

from galleria.core.testing.client import ok

ADDRESS = {
    "recipient": "王小明", "phone": "13800138000", "country": "CN", "province": "浙江省", "city": "杭州市",
    "district": "西湖区", "street": "文三路 1 号", "postal_code": "310000",
}  # fmt: skip


async def address_of(client):
    """The caller's first address, made if there is none."""
    known = ok(await client.get("/api/me/addresses"), 200)
    found = known["items"] if isinstance(known, dict) else known
    return (found[0] if found else ok(await client.post("/api/me/addresses", ADDRESS), 201))["id"]


async def buy(client, sku, total, *, quantity=1, address=None, key=None):
    """Order it, at the total that was shown."""
    address = address or await address_of(client)
    body = {
        "lines": [{"sku_id": str(sku), "quantity": quantity}],
        "address_id": address,
        "expected_total": {"amount": total, "currency": "CNY"},
    }
    return await client.post("/api/checkouts", body, key=key)


async def quote(client, sku, quantity=1):
    """What it would cost."""
    return ok(await client.post("/api/checkouts/preview", {"lines": [{"sku_id": str(sku), "quantity": quantity}]}), 200)
