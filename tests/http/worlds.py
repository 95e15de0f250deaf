"""A mall of its own for the fuzz, with something of everything in it that an operation can name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
from galleria.app import build_mall, create_app
from galleria.core.accounts import passwords
from galleria.core.accounts.sessions import open_session
from galleria.core.ids import new_id
from galleria.core.jobs.registry import SWEEPS
from galleria.core.mall import Mall
from galleria.core.settings import Settings
from galleria.core.storage import db, migrations
from galleria.core.storage.embedded import Addresses
from galleria.core.storage.engine import Engine
from galleria.core.testing import factories
from galleria.core.testing.client import Api, ok
from galleria_sandbox_pay.provider import provider_of
from litestar import Litestar

from .inputs import World

ADDRESS = {
    "recipient": "韩梅梅",
    "phone": "13800138000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 2 号",
}


async def make_world(mall: Mall, api: Api) -> World:
    """A store with goods, staff and an import; a shopper with a cart, a paid order and one that is not paid."""
    shop, shopper, operator = (
        await factories.make_shop(mall, shipping_fee=500),
        await factories.make_person(mall),
        await factories.make_person(mall, operator=True),
    )
    goods = await factories.make_goods(mall, shop, prices=(1999, 333), stock=1000)
    member = await factories.make_member(mall, shop, "orders.read")
    buying, selling, running = (api.acting_as(person) for person in (shopper, shop.owner, operator))
    address = ok(await buying.post("/api/me/addresses", ADDRESS), 201)
    bought = [{"sku_id": str(sku), "quantity": 2} for sku in goods.skus]
    totals = [await _total(buying, address["id"], bought) for _ in range(2)]
    placed = [await _placed(buying, address["id"], bought, total) for total in totals]
    attempt = ok(
        await buying.post(f"/api/payments/{placed[0]['payment_id']}/attempts", {"provider": "sandbox_pay"}), 201
    )
    token = attempt["client_data"]["pay_url"].rsplit("/", 1)[-1]
    ok(await api.post(f"/api/plugins/sandbox_pay/pay/{token}/pay", {}))
    await mall.outbox.deliver(mall.now())
    open_attempt = ok(
        await buying.post(f"/api/payments/{placed[1]['payment_id']}/attempts", {"provider": "sandbox_pay"}), 201
    )
    orders = [order["id"] for checkout in placed for order in checkout["orders"]]
    [line, *_] = [line for line in ok(await buying.get(f"/api/orders/{orders[0]}"))["lines"] if line["kind"] == "goods"]
    path = f"{shop.path}/staff/orders/{orders[0]}"
    units = [{"line_id": line["id"], "quantity": 1}]
    shipped = ok(
        await selling.post(f"{path}/parcels", {"carrier": "SF", "tracking_number": uuid4().hex, "lines": units}), 201
    )
    ok(await selling.post(f"{path}/refunds", {"lines": units, "reason": "late"}), 201)
    await sweep(mall)  # the provider hears of the refund
    refunds = ok(await selling.get(f"{shop.path}/staff/payment-refunds"))["items"]
    cart = ok(await buying.post("/api/cart/lines", {"sku_id": str(goods.sku), "quantity": 2}), 201)
    opened = ok(await api.post("/api/cart"), 201)
    stranger = api.having(X_Cart_Token=opened["token"])
    loose = ok(await stranger.post("/api/cart/lines", {"sku_id": str(goods.sku), "quantity": 1}), 201)
    slug = f"s-{uuid4().hex[:8]}"
    brand = ok(await running.post("/api/mall/brands", {"slug": slug, "name": {"en": "Brand"}}), 201)
    category = {"slug": slug, "name": {"en": "Tea"}}
    categories = [
        ok(await running.post("/api/mall/categories", category), 201)["id"],
        ok(await selling.post(f"{shop.path}/staff/categories", category), 201)["id"],
    ]
    sheet = b"product_code,sku_code,name_en,price,stock\np1,p1-1,Tea,10,5\n"
    brought = ok(
        await selling.post(f"{shop.path}/staff/imports", content=sheet, headers={"Content-Type": "text/csv"}), 201
    )
    sessions = ok(await buying.get("/api/sessions"))["items"]
    location, branch = [
        ok(await selling.post(f"{shop.path}/staff/locations", {"kind": kind, "name": "Lake"}), 201)
        for kind in ("warehouse", "branch")
    ]
    registered, password = await factories.make_person(mall), "correct horse battery"
    hashed = await passwords.hashed(password)
    await db.execute("UPDATE account SET password_hash = $3 WHERE id IN ($1, $2)", registered.id, shopper.id, hashed)
    signed_in = await open_session(mall, registered.id)
    shown = ok(await api.get(f"/api/plugins/sandbox_pay/pay/{token}/status"))
    skus = [str(sku) for sku in goods.skus]
    accounts = [str(person.id) for person in (shopper, shop.owner, operator, member)]
    total = await _total(buying, address["id"], bought[:1])
    ids = {
        "store_ref": [shop.slug, str(shop.id), str(shop.id)],
        "store_id": [str(shop.id)],
        "account_id": accounts,
        "owner_id": accounts,
        "identifier": [shopper.email, member.email, registered.email, registered.email],
        "email": [f"{uuid4().hex[:8]}@example.com", shopper.email],
        "session_id": [session["id"] for session in sessions],
        "address_id": [address["id"]],
        "product_id": [str(goods.id)],
        "sku_id": skus,
        "location_id": [str(shop.warehouse), location["id"], branch["id"]],
        "source_id": [str(shop.warehouse)],
        "target_id": [location["id"]],
        "order_id": orders,
        "parcel_id": [parcel["id"] for parcel in shipped["parcels"]],
        "line_id": [line["id"], *_line_ids(cart), *_line_ids(loose)],
        "checkout_id": [checkout["id"] for checkout in placed],
        "payment_id": [checkout["payment_id"] for checkout in placed],
        "refund_id": [refund["id"] for refund in refunds],
        "import_id": [brought["id"]],
        "brand_id": [brand["id"]],
        "brand": [slug, brand["id"]],
        "slug": [slug, f"n-{uuid4().hex[:8]}"],
        "category": categories,
        "category_id": categories,
        "parent_id": categories,
        "store_category": categories,
        "store_category_ids": categories,
        "provider": ["sandbox_pay"],
        "token": [
            token,
            open_attempt["client_data"]["pay_url"].rsplit("/", 1)[-1],
            *(refund["id"] for refund in shown["refunds"]),
        ],
        "currency": [shop.currency],
        "plugin": ["sandbox_pay"],
        "phone": ["13800138000", "+14155550123"],
        "time_zone": ["Asia/Shanghai"],
        "locale": ["en", "zh-CN"],
        "method": ["shipping", "pickup"],
        "permissions": ["orders.read", "catalog.write"],
        "opening_hours": ["09:00-12:00", "13:00-24:00"],
        "country": ["CN"],
        "image_urls": ["https://example.com/a.png"],
        "logo_url": ["https://example.com/a.png"],
        "state": ["SUCCEEDED", "succeeded"],
        "return_url": ["/done", "https://example.com/done"],
        "password": [password],
        "current_password": [password],
        "new_password": [password],
        "refresh_token": [signed_in.refresh_token],
        "lines": [bought[0]],
        "expected_total": [totals[0], total],
        "PlaceBody": [{"address_id": address["id"], "lines": bought[:1], "expected_total": total}],
        "PasswordChange": [{"current_password": password, "new_password": password[::-1]}],
    }
    callers = {"anonymous": None, "shopper": shopper, "owner": shop.owner, "operator": operator}
    return World(callers, ids, opened["token"])


async def _total(buying: Api, address_id: str, lines: list[dict[str, Any]]) -> Any:
    basket = {"address_id": address_id, "lines": lines}
    return ok(await buying.post("/api/checkouts/preview", basket, key=""))["totals"]["total"]


async def _placed(buying: Api, address_id: str, lines: list[dict[str, Any]], total: Any) -> Any:
    basket = {"address_id": address_id, "lines": lines, "expected_total": total}
    return ok(await buying.post("/api/checkouts", basket), 201)


def _line_ids(cart: Any) -> list[str]:
    return [line["line_id"] for store in cart["stores"] for line in store["lines"]]


@asynccontextmanager
async def own_mall(addresses: Addresses) -> AsyncIterator[tuple[Litestar, Mall, httpx.AsyncClient]]:
    """The application on a database of its own, so that every invariant can be held against all of it."""
    async with _database(addresses.database_url) as url:
        settings = Settings(database_url=url, redis_url=addresses.redis_url, jobs="outside", log_level="critical")
        mall = build_mall(settings)
        await migrations.migrate()
        application = create_app(mall)
        transport = httpx.ASGITransport(cast("Any", application), raise_app_exceptions=False)
        sandbox = provider_of(mall.plugins.providers)
        sandbox.courier.transport, sandbox.refunds_later = transport, True
        async with (
            application.lifespan(),
            httpx.AsyncClient(transport=transport, base_url="http://mall.test") as client,
        ):
            yield application, mall, client


@asynccontextmanager
async def _database(server: str) -> AsyncIterator[str]:
    name, engine = f"fuzz_{new_id().hex[-12:]}", Engine()
    link = await asyncpg.connect(server)
    await link.execute(f"CREATE DATABASE {name}")
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    engine.bind(url)
    await engine.start(5)
    try:
        with _bound(engine, url):
            yield url
    finally:
        await engine.stop()
        await link.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await link.close()


@contextmanager
def _bound(engine: Engine, url: str) -> Iterator[None]:
    """The process's engine uses this one's connections, and then again what it used before."""
    shared = db.engine()
    before = shared.pools, shared.config
    shared.pools, shared.config = engine.pools, {"dsn": url}
    try:
        yield
    finally:
        shared.pools, shared.config = before


async def sweep(mall: Mall) -> None:
    for sweep in SWEEPS:
        await sweep.run(mall)
