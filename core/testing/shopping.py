"""Who buys and who serves, in few words, over the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx

from ..mall import Mall
from . import till
from .client import Api, ok
from .factories import Goods, Person, Shop, make_person

ADDRESS = {
    "recipient": "王小明", "phone": "13800138000", "province": "浙江省", "city": "杭州市", "district": "西湖区",
    "street": "文三路 1 号",
}  # fmt: skip

Line = Mapping[str, Any]
"""`{"sku_id", "quantity", "extra"}`, as a request has it."""


async def deliver(mall: Mall) -> int:
    """Deliver the outbox, and what that publishes, until nothing is due; return how many deliveries were tried."""
    count = 0
    while tried := await mall.outbox.deliver(mall.now()):
        count += tried
    return count


class Shopper:
    """A signed-in client with an address. `lines` None buys what is selected in the cart."""

    def __init__(self, mall: Mall, api: Api, person: Person, address_id: str) -> None:
        self.mall = mall
        self.api = api
        self.person = person
        self.address_id = address_id

    async def quote(self, lines: Sequence[Line] | None = None, asks: Sequence[Line] = ()) -> Any:
        """What it would cost now, as `/api/checkouts/preview` shows it."""
        return ok(await self.api.post("/api/checkouts/preview", self._basket(lines, asks), key=""))

    async def try_to_place(
        self, lines: Sequence[Line] | None = None, asks: Sequence[Line] = (), *, expected: int | None = None
    ) -> httpx.Response:
        """Place an order at `expected` minor units in total, or at what a quote says now. Returns any answer."""
        total = (await self.quote(lines, asks))["totals"]["total"]
        if expected is not None:
            total = total | {"amount": expected}
        return await self.api.post("/api/checkouts", self._basket(lines, asks) | {"expected_total": total})

    async def place(self, lines: Sequence[Line] | None = None, asks: Sequence[Line] = ()) -> Any:
        """Place an order; the checkout as the API shows it."""
        return ok(await self.try_to_place(lines, asks), 201)

    async def pay(self, checkout: Any) -> None:
        """Have the money taken at the till, and everybody told of it."""
        if checkout["payment_id"] is not None:
            await till.capture(self.mall, UUID(checkout["payment_id"]))
        await deliver(self.mall)

    async def cancel(self, checkout: Any) -> None:
        """Cancel what is not paid yet, and have everybody told of it."""
        ok(await self.api.post(f"/api/checkouts/{checkout['id']}/cancel", {}, key=""))
        await deliver(self.mall)

    async def orders(self, checkout: Any) -> list[Any]:
        """The orders of a checkout, as the API shows them."""
        return [ok(await self.api.get(f"/api/orders/{order['id']}")) for order in checkout["orders"]]

    def _basket(self, lines: Sequence[Line] | None, asks: Sequence[Line]) -> dict[str, Any]:
        bought = {} if lines is None else {"lines": list(lines), "asks": list(asks)}
        return {"address_id": self.address_id, **bought}


class Cart:
    """A shopper's cart."""

    def __init__(self, shopper: Shopper) -> None:
        self.shopper = shopper
        self.api = shopper.api

    async def add(self, sku: UUID, quantity: int = 1, extra: Mapping[str, Any] | None = None) -> Any:
        """Put units in; `extra` has data for plugins, by plugin name. Returns the cart, as every method does."""
        body = {"sku_id": str(sku), "quantity": quantity, "extra": dict(extra or {})}
        return ok(await self.api.post("/api/cart/lines", body), 201)

    async def ask(self, plugin: str, reference: str, store: Shop | None = None, amount: int | None = None) -> Any:
        """Ask a plugin for something besides what is asked already: in a store or, without one, in the mall."""
        cart = await self.view()
        asks = [*cart["asks"], ask_body(plugin, reference, store.id if store else None, amount)]
        return ok(await self.api.having(If_Match=f'"v{cart["version"]}"').put("/api/cart/asks", asks))

    async def view(self) -> Any:
        """The cart, priced now."""
        return ok(await self.api.get("/api/cart"))

    async def quote(self) -> Any:
        """What the checkout would cost now."""
        return await self.shopper.quote()

    async def place(self, expected: int | None = None) -> Any:
        """Order what is selected, at `expected` minor units in total, or at what a quote says now; the checkout."""
        return ok(await self.try_to_place(expected), 201)

    async def try_to_place(self, expected: int | None = None) -> httpx.Response:
        """The same; returns any answer."""
        return await self.shopper.try_to_place(expected=expected)


class Counter:
    """A store's staff at work on orders: its owner, unless somebody else's client is given."""

    def __init__(self, api: Api, shop: Shop) -> None:
        self.api = api
        self.shop = shop

    async def refund(self, order_id: Any, units: Sequence[tuple[Any, int]] = (), **more: Any) -> httpx.Response:
        """Refund units, (line id, quantity) each, or all that is left."""
        chosen = [{"line_id": str(line_id), "quantity": quantity} for line_id, quantity in units]
        body = {**({"lines": chosen} if chosen else {}), **more}
        return await self.api.post(f"{self.shop.path}/staff/orders/{order_id}/refunds", body)

    async def ship(self, order_id: Any, units: Sequence[tuple[Any, int]] = ()) -> httpx.Response:
        """Send units, or all that are still to be sent, in one parcel."""
        chosen = [{"line_id": str(line_id), "quantity": quantity} for line_id, quantity in units]
        body = {"carrier": "SF", "tracking_number": uuid4().hex, **({"lines": chosen} if chosen else {})}
        return await self.api.post(f"{self.shop.path}/staff/orders/{order_id}/parcels", body)


async def make_shopper(mall: Mall, api: Api, person: Person | None = None) -> Shopper:
    """`person`, or somebody new, with an address."""
    person = person or await make_person(mall)
    client = api.acting_as(person)
    address = ok(await client.post("/api/me/addresses", ADDRESS), 201)
    return Shopper(mall, client, person, address["id"])


def line_of(goods: Goods, quantity: int = 1, sku: UUID | None = None, **extra: Any) -> dict[str, Any]:
    """A line of a request; `extra` is data for plugins, by plugin name."""
    return {"sku_id": str(sku or goods.sku), "quantity": quantity, "extra": extra}


def ask_body(plugin: str, reference: str, store_id: UUID | None, amount: int | None) -> dict[str, Any]:
    """An ask of a request."""
    return {
        "plugin": plugin,
        "reference": reference,
        "store_id": None if store_id is None else str(store_id),
        "amount": amount,
    }
