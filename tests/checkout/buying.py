"""A shopper who buys, a provider's word that money came in, and a store's staff, in few words."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from galleria.core.ids import new_id
from galleria.core.mall import Mall
from galleria.core.payments.captures import record_capture
from galleria.core.providers import CaptureFact
from galleria.core.storage import db
from galleria.core.testing.client import Api, ok
from galleria.core.testing.factories import Goods, Person, Shop

PROVIDER = "till"
ADDRESS = {
    "recipient": "李雷",
    "phone": "13800138000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 1 号",
}


class Buyer:
    """A signed-in shopper with an address."""

    def __init__(self, api: Api, mall: Mall, person: Person, address_id: str) -> None:
        self.api = api
        self.mall = mall
        self.person = person
        self.address_id = address_id

    async def preview(self, *lines: dict[str, Any], **more: Any) -> Any:
        body = {"address_id": self.address_id, **({"lines": lines} if lines else {}), **more}
        return ok(await self.api.post("/api/checkouts/preview", body, key=""))

    async def body(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """What the client sends to place `lines`, or without them the cart, at the total that it was shown."""
        total = (await self.preview(*lines))["totals"]["total"]
        return {
            "address_id": self.address_id,
            "expected_total": total,
            **({"lines": lines} if lines else {}),
            **more,
        }

    async def send(self, body: dict[str, Any], *, key: str | None = None) -> Any:
        return await self.api.post("/api/checkouts", body, key=key)

    async def place(self, *lines: dict[str, Any], **more: Any) -> Any:
        return ok(await self.send(await self.body(*lines, **more)), 201)

    async def buy(self, *lines: dict[str, Any], **more: Any) -> Any:
        """Place and pay; the checkout as the shopper sees it then."""
        placed = await self.place(*lines, **more)
        if placed["payment_id"] is not None:
            await capture(self.mall, UUID(placed["payment_id"]))
            await self.mall.outbox.deliver(self.mall.now())
        return await self.checkout(placed["id"])

    async def bought(self, *lines: dict[str, Any], **more: Any) -> Any:
        """Buy in one store; the paid order."""
        checkout = await self.buy(*lines, **more)
        return await self.order(checkout["orders"][0]["id"])

    async def checkout(self, checkout_id: Any) -> Any:
        return ok(await self.api.get(f"/api/checkouts/{checkout_id}"))

    async def order(self, order_id: Any) -> Any:
        return ok(await self.api.get(f"/api/orders/{order_id}"))

    async def cancel(self, checkout_id: Any, reason: str = "changed_mind") -> Any:
        return await self.api.post(f"/api/checkouts/{checkout_id}/cancel", {"reason": reason}, key="")


class Counter:
    """A store's staff at work on orders."""

    def __init__(self, api: Api, shop: Shop) -> None:
        self.api = api
        self.shop = shop

    def path(self, order_id: Any, rest: str = "") -> str:
        return f"{self.shop.path}/staff/orders/{order_id}{rest}"

    async def order(self, order_id: Any) -> Any:
        return ok(await self.api.get(self.path(order_id)))

    async def send_parcel(self, order_id: Any, *lines: tuple[Any, int], number: str | None = None) -> Any:
        body = {"carrier": "SF", "tracking_number": number or uuid4().hex, **_chosen(lines)}
        return await self.api.post(self.path(order_id, "/parcels"), body)

    async def ship(self, order_id: Any, *lines: tuple[Any, int], number: str | None = None) -> Any:
        return ok(await self.send_parcel(order_id, *lines, number=number), 201)

    async def send_refund(self, order_id: Any, *lines: tuple[Any, int], **more: Any) -> Any:
        return await self.api.post(self.path(order_id, "/refunds"), {**_chosen(lines), **more})

    async def refund(self, order_id: Any, *lines: tuple[Any, int], **more: Any) -> Any:
        return ok(await self.send_refund(order_id, *lines, **more), 201)

    async def complete(self, order_id: Any) -> Any:
        return await self.api.post(self.path(order_id, "/complete"), key="")


def _units(lines: tuple[tuple[Any, int], ...]) -> list[dict[str, Any]]:
    return [{"line_id": str(line_id), "quantity": quantity} for line_id, quantity in lines]


def of(goods: Goods, quantity: int = 1, sku: UUID | None = None) -> dict[str, Any]:
    """A line of a checkout's body."""
    return {"sku_id": str(sku or goods.sku), "quantity": quantity}


def goods_lines(order: Any) -> list[Any]:
    return [line for line in order["lines"] if line["kind"] == "goods"]


async def attempt(mall: Mall, payment_id: UUID, amount: int | None = None) -> CaptureFact:
    """An attempt at the till, and the capture that it will bring: of what is due, unless an amount is given."""
    attempt_id, now = new_id(), mall.now()
    due, currency = await db.fetch_row("SELECT amount, currency FROM payment WHERE id = $1", payment_id)  # type: ignore[misc]
    await db.execute(
        "INSERT INTO payment_attempt (id, payment_id, provider, merchant, app, amount, currency, state, return_url, "
        "provider_reference, client_data, tries, next_at, error, created_at, updated_at) "
        "VALUES ($1, $2, $3, 'm', 'a', $4, $5, 'pending', '', '', '{}', 0, $6, '', $6, $6)",
        attempt_id, payment_id, PROVIDER, due, currency, now,
    )  # fmt: skip
    return CaptureFact(
        attempt_id=attempt_id,
        provider_transaction=uuid4().hex,
        amount=amount or due,
        currency=currency,
        merchant="m",
        app="a",
        captured_at=now,
    )


async def capture(mall: Mall, payment_id: UUID, amount: int | None = None) -> None:
    """The till has taken the money, and says so."""
    assert await record_capture(mall, PROVIDER, await attempt(mall, payment_id, amount))


async def stock(goods: Goods, sku: UUID | None = None) -> tuple[int, int]:
    """(on_hand, held) in the shop's warehouse."""
    row = await db.fetch_row(
        "SELECT on_hand, held FROM stock_level WHERE sku_id = $1 AND location_id = $2",
        sku or goods.sku,
        goods.shop.warehouse,
    )
    assert row is not None
    return row["on_hand"], row["held"]


def _chosen(lines) -> dict:
    """The member `lines` of a body; none at all for everything."""
    return {"lines": _units(lines)} if lines else {}
