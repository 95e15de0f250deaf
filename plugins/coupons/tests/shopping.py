"""A shopper who claims and buys, and those who run campaigns, in few words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from galleria.core.checkout.basket import Basket, price_basket
from galleria.core.checkout.drafts import Draft, Makers, draft
from galleria.core.demo.paying import in_process
from galleria.core.ids import new_id
from galleria.core.mall import Mall
from galleria.core.orders.numbers import new_number
from galleria.core.pricing.service import Priced, Wanted
from galleria.core.testing.client import Api, ok
from galleria.core.testing.factories import Goods, Person, Shop
from galleria.core.types import Ask
from msgspec.structs import replace

ADDRESS = {
    "recipient": "李雷",
    "phone": "13800138000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 1 号",
}
MALL_PATH = "/api/plugins/coupons"


def of(goods: Goods, quantity: int = 1, sku: UUID | None = None) -> dict[str, Any]:
    """A line of a checkout's body."""
    return {"sku_id": str(sku or goods.sku), "quantity": quantity}


def ask(reference: str, shop: Shop | None = None) -> dict[str, Any]:
    """An ask for a coupon or a code, in a shop or in the mall."""
    return {"plugin": "coupons", "reference": reference, "store_id": str(shop.id) if shop else None}


class Desk:
    """Whoever runs the campaigns of a shop, or of the mall."""

    def __init__(self, api: Api, mall: Mall, shop: Shop | None) -> None:
        self.api = api
        self.mall = mall
        self.shop = shop
        self.public = f"{shop.path}/coupons" if shop else MALL_PATH
        self.path = f"{self.public}/manage"

    def body(self, **more: Any) -> dict[str, Any]:
        """5.00 off, from yesterday until in thirty days, as often as one likes."""
        now = self.mall.now()
        name = {"zh-CN": "立减五元", "en": "5 off"}
        return {"name": name, "kind": "amount_off", "amount": 500, "shopper_limit": None, **window(now), **more}

    def reduction_body(self, *tiers: dict[str, int], **more: Any) -> dict[str, Any]:
        name = {"zh-CN": "满减", "en": "Spend and save"}
        chosen = list(tiers) or [{"at": 10_000, "amount": 2_000}]
        return {"name": name, "tiers": chosen, **window(self.mall.now()), **more}

    async def draft(self, **more: Any) -> Any:
        return ok(await self.api.post(f"{self.path}/campaigns", self.body(**more)), 201)

    async def campaign(self, **more: Any) -> Any:
        """An active campaign."""
        return ok(await self.step("campaigns", await self.draft(**more), "activate"))

    async def reduction(self, *tiers: dict[str, int], **more: Any) -> Any:
        """An active full reduction."""
        made = ok(await self.api.post(f"{self.path}/reductions", self.reduction_body(*tiers, **more)), 201)
        return ok(await self.step("reductions", made, "activate"))

    async def step(self, noun: str, thing: Any, verb: str) -> Any:
        versioned = self.api.having(If_Match=f'"v{thing["version"]}"')
        return await versioned.post(f"{self.path}/{noun}/{thing['id']}/{verb}", key="")

    async def edit(self, noun: str, thing: Any, body: Any) -> Any:
        versioned = self.api.having(If_Match=f'"v{thing["version"]}"')
        return await versioned.put(f"{self.path}/{noun}/{thing['id']}", body)

    async def counts(self, campaign: Any) -> tuple[int, int, int, int]:
        """(claimed, held, used, returned)"""
        counts = ok(await self.api.get(f"{self.path}/campaigns/{campaign['id']}"))["counts"]
        return counts["claimed"], counts["held"], counts["used"], counts["returned"]


def window(now: Any) -> dict[str, str]:
    return {"starts_at": (now - timedelta(days=1)).isoformat(), "ends_at": (now + timedelta(days=30)).isoformat()}


class Shopper:
    """A signed-in shopper with an address."""

    def __init__(self, api: Api, mall: Mall, person: Person, address_id: str) -> None:
        self.api = api
        self.mall = mall
        self.person = person
        self.address_id = address_id

    async def try_claim(self, desk: Desk, campaign: Any, **more: Any) -> Any:
        return await self.api.post(f"{desk.public}/campaigns/{campaign['id']}/claims", **more)

    async def claim(self, desk: Desk, campaign: Any) -> Any:
        return ok(await self.try_claim(desk, campaign), 201)

    async def coupons(self, desk: Desk, **query: Any) -> list[Any]:
        return ok(await self.api.get(f"{desk.public}/mine", params=query))["items"]

    async def states(self, desk: Desk) -> list[str]:
        return [coupon["state"] for coupon in await self.coupons(desk)]

    async def preview(self, *lines: dict[str, Any], asks: Any = ()) -> Any:
        body = {"address_id": self.address_id, "lines": list(lines), "asks": list(asks)}
        return ok(await self.api.post("/api/checkouts/preview", body, key=""))

    async def total(self, *lines: dict[str, Any], asks: Any = ()) -> int:
        return (await self.preview(*lines, asks=asks))["totals"]["total"]["amount"]

    async def body(self, *lines: dict[str, Any], asks: Any = ()) -> dict[str, Any]:
        """What the client sends to place `lines` at the total that it was shown."""
        total = (await self.preview(*lines, asks=asks))["totals"]["total"]
        return {"address_id": self.address_id, "lines": list(lines), "asks": list(asks), "expected_total": total}

    async def send(self, body: Any) -> Any:
        return await self.api.post("/api/checkouts", body)

    async def place(self, *lines: dict[str, Any], asks: Any = ()) -> Any:
        return ok(await self.send(await self.body(*lines, asks=asks)), 201)

    async def pay(self, checkout: Any) -> None:
        """Pay at the sandbox, and let everybody hear of it."""
        if checkout["payment_id"] is not None:
            pay = await in_process(self.mall)
            assert pay is not None
            await pay(self.mall, self.person.id, UUID(checkout["payment_id"]))
        await self.mall.outbox.deliver(self.mall.now())

    async def buy(self, *lines: dict[str, Any], asks: Any = ()) -> Any:
        placed = await self.place(*lines, asks=asks)
        await self.pay(placed)
        return placed

    async def cancel(self, checkout: Any) -> None:
        ok(await self.api.post(f"/api/checkouts/{checkout['id']}/cancel", {}, key=""))
        await self.mall.outbox.deliver(self.mall.now())

    async def lines(self, order: Any) -> list[Any]:
        found = ok(await self.api.get(f"/api/orders/{order['id']}"))["lines"]
        return [line for line in found if line["kind"] == "goods"]


async def refund(api: Api, mall: Mall, shop: Shop, order: Any, *units: tuple[str, int]) -> None:
    """The shop refunds units of an order, or all that is left, and everybody hears of it."""
    lines = [{"line_id": line_id, "quantity": quantity} for line_id, quantity in units]
    body = {"reason": "return", **({"lines": lines} if lines else {})}
    ok(await api.acting_as(shop.owner).post(f"{shop.path}/staff/orders/{order['id']}/refunds", body), 201)
    await mall.outbox.deliver(mall.now())


async def drafted(shopper: Shopper, *lines: dict[str, Any], asks: Any = ()) -> Draft:
    """A checkout that is priced and not placed yet."""
    basket = _basket(lines, asks)
    return _draft(shopper, basket, await price_basket(shopper.mall, basket, shopper.person.id, "zh-CN"))


async def drafted_alike(shopper: Shopper, line: dict[str, Any], asks: Sequence[dict[str, Any]]) -> list[Draft]:
    """One checkout of the line for each ask: priced with the first coupon, and the same with each of the others.

    They do not expire in any test, since hundreds at once would take their time.
    """
    basket = _basket([line], asks[:1])
    priced = await price_basket(shopper.mall, basket, shopper.person.id, "zh-CN")
    [adjustment] = priced.quote.adjustments
    named = [replace(adjustment, code=f"coupon:{one['reference']}") for one in asks]
    quotes = [replace(priced.quote, adjustments=(replace(one, reference=one.code),)) for one in named]
    return [_draft(shopper, basket, replace(priced, quote=quote), ttl=10**8) for quote in quotes]


def _basket(lines: Sequence[dict[str, Any]], asks: Sequence[dict[str, Any]]) -> Basket:
    wanted = [Wanted(line_id=f"line:{i}", sku_id=UUID(line["sku_id"]), quantity=1) for i, line in enumerate(lines)]
    asked = [Ask(**{**one, "store_id": one["store_id"] and UUID(one["store_id"])}) for one in asks]
    return Basket(wanted=tuple(wanted), asks=tuple(asked), address=ADDRESS)


def _draft(shopper: Shopper, basket: Basket, priced: Priced, ttl: int = 1800) -> Draft:
    now, makers = shopper.mall.now(), Makers(new_id, new_number)
    return draft(priced, basket, shopper.person.id, {}, now=now, ttl=ttl, make=makers)


def word_of(problem: Any) -> str:
    """Why a claim was refused, in the plugin's own word."""
    assert problem.code == "claim_refused", problem.code
    code: str = problem.errors[0]["code"]
    return code.removeprefix("coupons:")
