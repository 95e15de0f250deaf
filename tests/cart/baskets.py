"""A cart as its owner's client handles it."""

from __future__ import annotations

from galleria.core.http.etag import version_tag
from galleria.core.testing.client import ok


class Basket:
    """One caller's cart, changed at the version that was read last."""

    def __init__(self, api):
        self.api = api
        self.version = 0

    def seen(self, response, status=200):
        cart = ok(response, status)
        self.version = cart["version"]
        return cart

    async def read(self, **options):
        return self.seen(await self.api.get("/api/cart", **options))

    async def send_add(self, sku, quantity=1, *, key=None, **more):
        return await self.api.post("/api/cart/lines", {"sku_id": str(sku), "quantity": quantity, **more}, key=key)

    async def add(self, sku, quantity=1, **more):
        return self.seen(await self.send_add(sku, quantity, **more), 201)

    def current(self):
        return {"If-Match": version_tag(self.version)}

    async def send_change(self, line_id, **changes):
        return await self.api.patch(f"/api/cart/lines/{line_id}", changes, headers=self.current())

    async def change(self, line_id, **changes):
        return self.seen(await self.send_change(line_id, **changes))

    async def send_take_out(self, line_id):
        return await self.api.delete(f"/api/cart/lines/{line_id}", headers=self.current())

    async def take_out(self, line_id):
        return self.seen(await self.send_take_out(line_id))

    async def send_asks(self, *asks):
        return await self.api.put("/api/cart/asks", list(asks), headers=self.current())

    async def ask(self, *asks):
        return self.seen(await self.send_asks(*asks))

    async def send_delivery(self, store, **body):
        return await self.api.put(f"/api/cart/delivery/{store}", body, headers=self.current())

    async def merge(self, token):
        return self.seen(await self.api.having(X_Cart_Token=token).post("/api/cart/merge", key=""))


def lines_of(cart):
    """Every line that can be bought, over the stores."""
    return [line for group in cart["stores"] for line in group["lines"]]


def amounts(totals):
    return {name: money["amount"] for name, money in totals.items()}
