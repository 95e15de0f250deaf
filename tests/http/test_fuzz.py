"""Every operation of the API document, called by everybody with what nobody should send: none may answer 5xx."""

from __future__ import annotations

import csv
import io
import json
import random
import string
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from galleria.app import build_mall, create_app
from galleria.core.accounts import passwords
from galleria.core.accounts import service as accounts
from galleria.core.accounts.sessions import open_session
from galleria.core.catalog.csv_format import COLUMNS
from galleria.core.ids import new_id
from galleria.core.jobs.registry import INVARIANTS, SWEEPS
from galleria.core.mall import Mall
from galleria.core.settings import Settings
from galleria.core.storage import db, migrations
from galleria.core.storage.embedded import Addresses
from galleria.core.storage.engine import Engine
from galleria.core.storage.invariants import violations
from galleria.core.testing import factories
from galleria.core.testing.client import Api, ok, problem
from galleria_sandbox_pay.provider import provider_of
from litestar import Litestar
from msgspec import Struct
from structlog.testing import capture_logs

ADDRESS = {
    "recipient": "韩梅梅",
    "phone": "13800138000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 2 号",
}
ROUND = 250
"""Requests to one set of people and stores: what they break for each other is made anew after that."""

TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "x\udfff",
    "\u202e\u200d",
    "²",
    "٣",
    "x" * 300,
    "茶" * 30_000,
    "%s%n{0}",
    "' OR 1=1 --",
    "../../etc",
    "NaN",
    "null",
    "2026-02-30T25:61:00Z",
    "https://[::1",
)
NUMBERS = (0, -1, 1, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 0.5, -0.0, 1e308, 1e15 + 0.5, 10**15)
WRONG: tuple[Any, ...] = (None, True, [], {}, [None], {"": None}, "", 0, -1, 0.5, "x", [[]], {"amount": 1})
QUERY_VALUES = (
    "",
    "0",
    "-1",
    "101",
    "1e3",
    "²",
    "\x00",
    "9" * 30,
    "null",
    "true",
    "x" * 500,
    "[]",
    "e30",
    "MQ",
    "W10=",
)
CURSORS = (
    "bnVsbA",
    "WzEsICJ4Il0",
    "Wzk5OTk5OTk5OTk5OTk5OTk5OTksICIwMTkwMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ",
    "é",
)
MATCHES = (b"", b"*", b'"v1"', b'W/"v1"', b'"v\xb2"', b"v999999999", b"v-1", b'"v1", "v2"', b'"v9999999999999999999"')
CONTENT_TYPES = (
    "",
    "text/plain",
    "text/csv",
    "application/xml",
    "application/json; charset=utf-16",
    "application/json; charset=nonsense",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/msgpack",
    "garbage",
)
KEYS = {"opening_hours": ["monday", "sunday", "mon"], "options": ["Colour"], "extra": ["sandbox_pay", "x"]}
"""Names of fields in objects that may have any."""

RAW = (
    b"",
    b"{",
    b"null",
    b"[" * 5000,
    b'{"a":' * 3000,
    b"\xff\xfe\x00",
    b'"\xed\xa0\x80"',
    b'{"a": 1, "a": 2}',
    b"NaN",
    b"1e999",
    b"9" * 5000,
    b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n",
    b'{"state": "succeeded"}',
    b"amount=-1&amount=x&state=%00",
    b"product_code,sku_code,name_en,price,stock\np1,p1-1,\x00,-1,99999999999999999999\n",
    b"product_code,product_code\n,\n",
    b'product_code,sku_code,name_en,price,stock\n"p1,p1-1\n',
)


class Operation(Struct, frozen=True):
    """One method of one path of the document."""

    method: str
    path: str
    parameters: list[dict[str, Any]]
    body: dict[str, Any] | None


class Sent(Struct, frozen=True):
    """A request as it went out."""

    operation: Operation
    who: str
    url: str
    headers: list[tuple[bytes, bytes]]
    content: bytes


class World(Struct, frozen=True):
    """Who calls (None: nobody is signed in), and the ids of what there is, by the name of a parameter or field."""

    callers: dict[str, Any]
    ids: dict[str, list[Any]]
    cart_token: str


class Fuzzer:
    """Makes requests from the document: some as it wants them, most with something wrong."""

    def __init__(self, document: Mapping[str, Any], seed: int) -> None:
        self.components = document["components"]["schemas"]
        self.operations = list(operations_of(document))
        self.rng = random.Random(seed)
        self.ids: dict[str, list[Any]] = {}

    def request(self, operation: Operation, who: str, world: World) -> Sent:
        self.ids = world.ids
        path = operation.path
        for parameter in operation.parameters:
            if parameter["in"] == "path":
                value = self._path_value(parameter)
                path = path.replace("{" + parameter["name"] + "}", quote(value, safe="", errors="surrogatepass"))
        content, content_type = self._body(operation)
        headers = self._headers(world, who, content_type)
        return Sent(operation, who, path + self._query(operation), headers, content)

    def _path_value(self, parameter: dict[str, Any]) -> str:
        if self._once_in(20):
            return self.rng.choice(TEXTS)[:2000] or "0"
        return str(self._value(parameter["schema"], parameter["name"], 0))[:2000] or "0"

    def _query(self, operation: Operation) -> str:
        pairs = []
        for parameter in operation.parameters:
            if parameter["in"] == "query" and self._once_in(2):
                pairs += [(parameter["name"], self._query_value(parameter))] * (2 if self._once_in(15) else 1)
        if self._once_in(15):
            pairs.append((self.rng.choice(TEXTS)[:50], "1"))
        joined = "&".join(
            f"{quote(name, errors='surrogatepass')}={quote(value, errors='surrogatepass')}" for name, value in pairs
        )
        return f"?{joined}" if joined else ""

    def _query_value(self, parameter: dict[str, Any]) -> str:
        if parameter["name"] == "cursor" and self._once_in(2):
            return self.rng.choice(CURSORS)
        if self._once_in(4):
            return self.rng.choice(QUERY_VALUES)
        return str(self._value(parameter["schema"], parameter["name"], 0))[:2000]

    def _headers(self, world: World, who: str, content_type: str) -> list[tuple[bytes, bytes]]:
        key = self.rng.choice(
            [uuid4().hex.encode()] * 8 + [b"", b"k", b"\xb2" * 16, b"k" * 201, b"the same key as ever"]
        )
        match = self.rng.choice(MATCHES) if self._once_in(4) else b'"v%d"' % self.rng.randint(0, 4)
        headers = [(b"Idempotency-Key", key), (b"If-Match", match)]
        if content_type:
            headers.append((b"Content-Type", content_type.encode()))
        if self._once_in(3) or who == "anonymous":
            headers.append((b"X-Cart-Token", self.rng.choice([world.cart_token.encode()] * 4 + [b"x", b"\xff", b""])))
        if self._once_in(8):
            headers.append(
                self.rng.choice(
                    [
                        (b"Accept-Language", b"zh;q=\xb2, *;q=nan, en;q=inf"),
                        (b"If-None-Match", b'W/"\xff", *'),
                        (b"X-Forwarded-For", b"\xff, ::1%eth0"),
                        (b"User-Agent", b"\xff" * 3000),
                        (b"X-Request-ID", b"\xff"),
                        (b"Accept", b"\xff/*;q=x"),
                        (b"Cookie", b"\xff=;=;"),
                    ]
                )
            )
        return headers

    def _body(self, operation: Operation) -> tuple[bytes, str]:
        if operation.method in ("GET", "DELETE"):
            return b"", ""
        content_type = "application/json" if not self._once_in(20) else self.rng.choice(CONTENT_TYPES)
        if operation.path.endswith("/imports") and not self._once_in(3):
            return self._sheet(), "text/csv"
        if operation.path.endswith("/settle") and self._once_in(2):
            return b'{"state": "succeeded"}', "application/json"
        if operation.body is None:
            return self.rng.choice([b"", b"{}", *RAW]), self.rng.choice([content_type, *CONTENT_TYPES])
        if self._once_in(20):
            return self.rng.choice(RAW), content_type
        known = self.ids.get(operation.body.get("$ref", "").rsplit("/", 1)[-1])
        made = self.rng.choice(known) if known and self._once_in(2) else self._value(operation.body, "", 0)
        for _ in range(self.rng.choice([0, 0, 0, 1, 1, 1, 2, 5])):
            made = self._spoilt(made)
        return json.dumps(made).encode(), content_type

    def _sheet(self) -> bytes:
        """A catalog file whose rows are good but for a cell or two."""
        good = {"product_code": "p1", "name_zh": "茶", "price": "10", "stock": "5", "status": "on_sale"}
        rows = [list(COLUMNS)]
        for number in range(self.rng.randint(1, 3)):
            row = {**dict.fromkeys(COLUMNS, ""), **good, "sku_code": f"p1-{number}", "options": f"size={number}"}
            for column in self.rng.sample(COLUMNS, self.rng.choice([0, 0, 1, 2])):
                row[column] = str(self.rng.choice([self.rng.choice(TEXTS), self.rng.choice(NUMBERS)]))
            rows.append(list(row.values()))
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        return text.getvalue().encode(errors="surrogatepass")

    def _value(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        """What the schema allows; ids, where they are known by this name, are those of existing things."""
        if "$ref" in schema:
            return self._value(self.components[schema["$ref"].rsplit("/", 1)[-1]], name, depth + 1)
        if "oneOf" in schema:
            choice = self.rng.choice(schema["oneOf"])
            return self._value({k: v for k, v in schema.items() if k != "oneOf"} | choice, name, depth)
        kind = schema.get("type")
        known = [
            value for value in self.ids.get(name, ()) if kind == ("string" if isinstance(value, str) else "object")
        ]
        if known and not self._once_in(8):
            return self.rng.choice(known)
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        made: Callable[[dict[str, Any], str, int], Any] = {
            "object": self._object,
            "array": self._array,
            "integer": self._number,
            "number": self._number,
            "boolean": lambda *_: self.rng.choice([True, False]),
            "null": lambda *_: None,
        }.get(str(kind), self._text)
        return made(schema, name, depth)

    def _object(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        required = set(schema.get("required", ()))
        fields = schema.get("properties", {})
        kept = {key: item for key, item in fields.items() if key in required or self._once_in(2)}
        if "additionalProperties" in schema and not fields:
            key = self.rng.choice(KEYS.get(name, ["en", "zh-CN"]))
            return {key: self._value(schema["additionalProperties"] or {"type": "string"}, name, depth + 1)}
        return {key: self._value(item, key, depth + 1) for key, item in kept.items()}

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        most = min(schema.get("maxItems", 3), 3)
        count = self.rng.randint(min(schema.get("minItems", 0), most), most)
        return [self._value(schema["items"], name, depth + 1) for _ in range(count)]

    def _number(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        low, high = int(schema.get("minimum", 0)), int(schema.get("maximum", 5000))
        return self.rng.choice([low, high, low + 1, 1, 2, 1999, self.rng.randint(low, max(low, min(high, 100)))])

    def _text(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        if schema.get("format") == "uuid":
            return str(self.rng.choice([uuid4(), new_id(), UUID(int=0), UUID(int=2**128 - 1)]))
        if self._once_in(8):
            return self.rng.choice(TEXTS)
        return "".join(self.rng.choices(string.ascii_lowercase, k=self.rng.randint(3, 12)))

    def _spoilt(self, value: Any) -> Any:
        """One thing in it is wrong: missing, unknown, of another type, of an unlikely size."""
        if isinstance(value, dict) and value and not self._once_in(4):
            key = self.rng.choice(list(value))
            return {**value, key: self._spoilt(value[key])}
        if isinstance(value, list) and value and not self._once_in(4):
            place = self.rng.randrange(len(value))
            return [*value[:place], self._spoilt(value[place]), *value[place + 1 :]]
        if isinstance(value, dict) and self._once_in(2):
            if value and self._once_in(2):
                return {key: item for key, item in value.items() if key != self.rng.choice(list(value))}
            return {
                **value,
                self.rng.choice(["unknown", "store", "locale", "caller", *TEXTS[:6]]): self.rng.choice(WRONG),
            }
        if isinstance(value, list) and value and self._once_in(2):
            return value * (self.rng.choice([2, 300]) if len(json.dumps(value)) < 5000 else 2)
        return self._odd()

    def _odd(self) -> Any:
        if self._once_in(10):
            nested: Any = None
            for _ in range(self.rng.choice([40, 900])):
                nested = [nested] if self._once_in(2) else {"a": nested}
            return nested
        return self.rng.choice([self.rng.choice(TEXTS), self.rng.choice(NUMBERS), self.rng.choice(WRONG)])

    def _once_in(self, number: int) -> bool:
        return self.rng.randrange(number) == 0


def operations_of(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of an API document, by path and method."""
    for path, item in sorted(document["paths"].items()):
        for method, found in sorted(item.items()):
            contents = found.get("requestBody", {}).get("content", {})
            schema = next((content.get("schema") for content in contents.values()), None)
            yield Operation(method.upper(), path, found.get("parameters", []), schema)


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
    await _sweep(mall)  # the provider hears of the refund
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


def callers_of(operation: Operation) -> list[str]:
    """Everybody, and whom it is for again."""
    parts = operation.path.split("/")
    meant = "owner" if "staff" in parts else "operator" if "mall" in parts else "shopper"
    return ["anonymous", "shopper", "owner", "operator", meant, meant, meant]


def wrong_with(answer: httpx.Response) -> str:
    """What the conventions do not allow in this answer; "" when they do."""
    if answer.status_code < 400:
        return ""
    if answer.status_code >= 500:
        return f"answered {answer.status_code}"
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{answer.status_code} as {answer.headers.get('content-type')}"
    code = answer.json().get("code")
    return "" if isinstance(code, str) and code else f"{answer.status_code} without a code"


async def fuzz(addresses: Addresses, seed: int, count: int) -> tuple[Counter[int], list[str]]:
    """Send that many requests; how often each status came, and a line for each that was wrong."""
    statuses: Counter[int] = Counter()
    faults: dict[tuple[str, str, str], str] = {}
    async with own_mall(addresses) as (application, mall, client):
        fuzzer = Fuzzer(application.openapi_schema.to_schema(), seed)
        pairs = [(operation, who) for operation in fuzzer.operations for who in callers_of(operation)]
        for number in range(count):
            if number % ROUND == 0:
                world = await make_world(mall, Api(client))
            if number % len(pairs) == 0:
                fuzzer.rng.shuffle(pairs)
            sent = fuzzer.request(*pairs[number % len(pairs)], world)
            with capture_logs() as logs:
                answer = await _send(client, mall, world, sent)
            statuses[answer.status_code] += 1
            if found := wrong_with(answer):
                cause = "; ".join(repr(entry["exc_info"]) for entry in logs if entry.get("exc_info"))
                key = (sent.operation.method, sent.operation.path, found + cause[:60])
                faults.setdefault(
                    key, f"seed {seed}, request {number}: {found} {cause}\n  {sent}\n  {answer.text[:300]}"
                )
            if number % ROUND == ROUND - 1:
                await _sweep(mall)
        await _sweep(mall)
        broken = [str(violation) for violation in await violations(INVARIANTS, mall.now())]
    return statuses, [*faults.values(), *broken]


async def _send(client: httpx.AsyncClient, mall: Mall, world: World, sent: Sent) -> httpx.Response:
    headers = list(sent.headers)
    person = world.callers[sent.who]
    if person is not None:
        await accounts.enable(mall, person.id)  # a request before may have disabled the account, or ended its session
        tokens = await open_session(mall, person.id)
        headers.append((b"Authorization", f"Bearer {tokens.access_token}".encode()))
    return await client.request(sent.operation.method, sent.url, headers=headers, content=sent.content)


async def _sweep(mall: Mall) -> None:
    for sweep in SWEEPS:
        await sweep.run(mall)


async def test_no_request_makes_the_mall_fail(addresses):
    """2,500 requests over every operation: each error is a problem document below 500; no invariant is broken."""
    statuses, faults = await fuzz(addresses, seed=20, count=2500)
    assert not faults, "\n".join(faults)
    assert {200, 201, 400, 401, 403, 404, 409, 412, 422} <= statuses.keys(), statuses


@pytest.mark.soak
async def test_no_request_makes_the_mall_fail_for_long(addresses):
    """The same with another seed each time; the seed stands in the failure."""
    seed = random.SystemRandom().randrange(10**9)
    _, faults = await fuzz(addresses, seed=seed, count=30_000)
    assert not faults, f"seed {seed}\n" + "\n".join(faults)


async def test_a_superscript_digit_is_no_version(api, make_shop):
    """`If-Match: "v²"` is refused as any other text that names no version."""
    shop = await make_shop()
    owner = api.acting_as(shop.owner)
    answer = await owner.patch(f"{shop.path}/staff/profile", {}, headers={b"If-Match": b'"v\xb2"'})
    problem(answer, 412, "version_mismatch")


async def test_a_body_that_is_not_utf8_is_malformed(api, make_person):
    """Half of a surrogate pair, written as UTF-8, in a JSON text."""
    shopper = api.acting_as(await make_person())
    headers = {"Content-Type": "application/json"}
    answer = await shopper.patch("/api/me", content=b'{"name": "\xed\xa0\x80"}', headers=headers)
    problem(answer, 400, "malformed_request")


@pytest.mark.parametrize("path", ["/api/sessions", "/api/cart"])
async def test_a_body_that_ends_too_early_is_malformed(application, path):
    """A connection that breaks in the middle of a body is the client's affair, not a defect."""
    events = iter([{"type": "http.request", "body": b'{"iden', "more_body": True}, {"type": "http.disconnect"}])
    headers = [(b"content-type", b"application/json"), (b"idempotency-key", b"k" * 32)]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"headers": headers, "root_path": "", "scheme": "http", "server": ("mall.test", 80), "client": None}
    sent: list[Any] = []

    async def receive() -> Any:
        return next(events)

    async def send(message: Any) -> None:
        sent.append(message)

    await application({**scope, "http_version": "1.1", "asgi": {"version": "3.0"}}, receive, send)
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (400, "malformed_request")
