"""Who has no business with a thing gets 401, 403 or 404, and not a word of what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from galleria.core.http.mounting import owner_of
from galleria.core.testing.client import Api, ok
from galleria.core.testing.factories import Goods, Person, Shop
from msgspec import Struct

from .inputs import Operation, operations_of
from .worlds import ADDRESS

STRANGERS = ("anonymous", "shopper", "staff")
"""Nobody, a shopper of the mall, and the owner of another store."""

SHEET = b"product_code,sku_code,name_en,price,stock\n"


class Theirs(Struct, kw_only=True):
    """What a store and its shopper have: `canary` stands in all of it."""

    canary: str
    shop: Shop
    goods: Goods
    shopper: Person
    ids: dict[str, str]
    bodies: dict[str, Any]


@pytest.fixture
async def theirs(api, mall, make_shop, make_person, make_goods, deliver) -> Theirs:
    """A paid order, sent and refunded in part; a cart, an address, a draft, an import, a member and a location."""
    canary = f"canary{uuid4().hex}"
    shop, shopper, goods = await _open_shop(make_shop, make_person, make_goods)
    buying, selling = api.acting_as(shopper), api.acting_as(shop.owner)
    address = ok(await buying.post("/api/me/addresses", {**ADDRESS, "recipient": canary}), 201)
    bought = [{"sku_id": str(goods.sku), "quantity": 2}]
    basket = {"address_id": address["id"], "lines": bought}
    total = ok(await buying.post("/api/checkouts/preview", basket, key=""))["totals"]["total"]
    remarks = [{"store_id": str(shop.id), "text": canary}]
    checkout = ok(await buying.post("/api/checkouts", {**basket, "expected_total": total, "remarks": remarks}), 201)
    attempts = f"/api/payments/{checkout['payment_id']}/attempts"
    attempt = ok(await buying.post(attempts, {"provider": "sandbox_pay", "return_url": f"/{canary}"}), 201)
    ok(await api.post(f"/api/plugins/sandbox_pay/pay/{attempt['client_data']['pay_url'].rsplit('/', 1)[-1]}/pay", {}))
    ok(await buying.post(f"/api/payments/{checkout['payment_id']}/refresh", key=""))
    await deliver()
    order_id = checkout["orders"][0]["id"]
    order = ok(await buying.get(f"/api/orders/{order_id}"))
    line = next(line for line in order["lines"] if line["kind"] == "goods")
    units = [{"line_id": line["id"], "quantity": 1}]
    parcel = {"carrier": "SF", "tracking_number": canary, "lines": units}
    refund = {"lines": units, "reason": canary}
    path = f"{shop.path}/staff/orders/{order_id}"
    sent = ok(await selling.post(f"{path}/parcels", parcel), 201)
    ok(await selling.post(f"{path}/refunds", refund), 201)
    await deliver()
    cart = ok(await buying.post("/api/cart/lines", bought[0]), 201)
    sku = {"code": canary[:20], "price": 100}
    draft = {"code": canary[:20], "name": {"en": canary}, "skus": [sku]}
    product = ok(await selling.post(f"{shop.path}/staff/products", draft), 201)
    place = {"kind": "warehouse", "name": canary}
    location = ok(await selling.post(f"{shop.path}/staff/locations", place), 201)
    category = {"slug": canary, "name": {"en": canary}}
    own_category = ok(await selling.post(f"{shop.path}/staff/categories", category), 201)
    brought = await _imported(selling, shop, canary)
    member = await make_person()
    ok(await api.acting_as(member).patch("/api/me", {"name": canary}))
    appointment = {"identifier": member.email, "role": "staff", "permissions": ["orders.read"]}
    ok(await selling.post(f"{shop.path}/staff/members", appointment), 201)
    refunds = ok(await selling.get(f"{shop.path}/staff/payment-refunds"))["items"]
    ids = {
        "store_ref": shop.slug,
        "order_id": order_id,
        "parcel_id": sent["parcels"][0]["id"],
        "checkout_id": checkout["id"],
        "payment_id": checkout["payment_id"],
        "refund_id": refunds[0]["id"],
        "line_id": cart["stores"][0]["lines"][0]["line_id"],
        "address_id": address["id"],
        "session_id": ok(await buying.get("/api/sessions"))["items"][0]["id"],
        "product_id": product["id"],
        "sku_id": product["skus"][0]["id"],
        "location_id": location["id"],
        "category_id": own_category["id"],
        "import_id": brought,
        "account_id": str(member.id),
        "brand_id": str(uuid4()),
        "delivery_id": str(uuid4()),
        "plugin": "sandbox_pay",
    }
    stocked = {"location_id": location["id"], "items": [{"sku_id": ids["sku_id"], "quantity": 1}]}
    counted = {"location_id": location["id"], "items": [{"sku_id": ids["sku_id"], "on_hand": 1}]}
    moved = {"source_id": str(shop.warehouse), "target_id": location["id"], "items": stocked["items"]}
    bodies = {
        "PATCH /api/me/addresses/{address_id}": {"street": "here"},
        "PATCH /api/cart/lines/{line_id}": {"quantity": 3},
        "POST /api/checkouts/{checkout_id}/cancel": {"reason": "mine"},
        "POST /api/payments/{payment_id}/attempts": {"provider": "sandbox_pay"},
        "POST staff/orders/{order_id}/parcels": {**parcel, "tracking_number": "1"},
        "POST staff/orders/{order_id}/refunds": {**refund, "reason": "mine"},
        "PATCH staff/products/{product_id}": {"name": {"en": "mine"}},
        "POST staff/products/{product_id}/skus": {"code": "mine", "price": 1},
        "PATCH staff/products/{product_id}/skus/{sku_id}": {"barcode": "1"},
        "PUT staff/products/{product_id}/skus/{sku_id}/price": {"price": 1, "expected_revision": 1},
        "PUT staff/locations/{location_id}": {"name": "mine"},
        "PATCH staff/categories/{category_id}": {"name": {"en": "mine"}},
        "PUT staff/members/{account_id}": {"role": "staff", "permissions": []},
        "PUT staff/default-location": {"location_id": location["id"]},
        "POST staff/stock/receipts": stocked,
        "POST staff/stock/adjustments": counted,
        "POST staff/stock/transfers": moved,
    }
    return Theirs(canary=canary, shop=shop, goods=goods, shopper=shopper, ids=ids, bodies=bodies)


async def _open_shop(make_shop: Any, make_person: Any, make_goods: Any) -> tuple[Shop, Person, Goods]:
    shop = await make_shop()
    return shop, await make_person(), await make_goods(shop)


async def _imported(selling: Api, shop: Shop, canary: str) -> str:
    sheet = SHEET + f"{canary},{canary},{canary},10,5\n".encode()
    headers = {"Content-Type": "text/csv"}
    brought: str = ok(await selling.post(f"{shop.path}/staff/imports", content=sheet, headers=headers), 201)["id"]
    return brought


@pytest.fixture
async def strangers(api, make_shop, make_person, make_goods) -> dict[str, tuple[Api, Shop]]:
    """Each with a cart and its version, and with a store that only the last one works for."""
    shop = await make_shop()
    goods = await make_goods(shop)
    opened = ok(await api.post("/api/cart"), 201)
    callers = {
        "anonymous": api.having(X_Cart_Token=opened["token"]),
        "shopper": api.acting_as(await make_person()),
        "staff": api.acting_as(shop.owner),
    }
    for name, caller in callers.items():
        cart = ok(await caller.post("/api/cart/lines", {"sku_id": str(goods.sku), "quantity": 1}), 201)
        callers[name] = caller.having(If_Match=f'"v{cart["version"]}"')
    return {name: (caller, shop) for name, caller in callers.items()}


def guarded(application: Any) -> Iterator[Operation]:
    """The operations that name somebody's thing by its id, or a store's staff: of core, and of plugins that are on.

    Where a plugin is not on there is nothing of it, for anybody; its own tests hold strangers off.
    """
    plugins = application.state.mall.plugins.states.plugins
    for operation in operations_of(application.openapi_schema.to_schema()):
        owner = owner_of(operation.path, plugins)
        if owner and not owner[0].info.on_in_development:
            continue
        if "_id}" in operation.path or "/staff/" in operation.path:
            yield operation


def body_for(theirs: Theirs, operation: Operation) -> Any:
    """A body that would do, so that what is refused is the caller; None where none is needed or looked at."""
    path = operation.path.removeprefix("/api/stores/{store_ref}/")
    return theirs.bodies.get(f"{operation.method} {path}")


async def call(caller: Api, operation: Operation, ids: dict[str, str], body: Any) -> Any:
    headers = {**caller.headers, "Idempotency-Key": uuid4().hex}
    sent = {"json": body} if body is not None else {}
    path = operation.path.format(**ids)
    return await caller.http.request(operation.method, path, headers=headers, **sent)


async def seen(api: Api, theirs: Theirs) -> list[Any]:
    """Everything as those see it whose it is."""
    buying, selling, staff = (
        api.acting_as(theirs.shopper),
        api.acting_as(theirs.shop.owner),
        f"{theirs.shop.path}/staff",
    )
    own = [f"/api/orders/{theirs.ids['order_id']}", f"/api/checkouts/{theirs.ids['checkout_id']}", "/api/cart"]
    own += [f"/api/payments/{theirs.ids['payment_id']}", "/api/me/addresses", "/api/me"]
    shown = ["profile", "members", "locations", "stock", "products", "categories", "imports", "payment-refunds"]
    shown += [f"orders/{theirs.ids['order_id']}", f"products/{theirs.ids['product_id']}", "ledger"]
    answers = [await buying.get(path) for path in own] + [await selling.get(f"{staff}/{path}") for path in shown]
    return [ok(answer) for answer in answers]


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_a_stranger_is_refused_and_learns_nothing(application, api, theirs, strangers, stranger):
    """Every operation with an id, called by who has no business there: refused, without the canary, without effect."""
    before, (caller, _), wrong = await seen(api, theirs), strangers[stranger], []
    for operation in guarded(application):
        answer = await call(caller, operation, theirs.ids, body_for(theirs, operation))
        if answer.status_code not in (401, 403, 404) or theirs.canary in answer.text:
            wrong.append(f"{operation.method} {operation.path}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)
    assert await seen(api, theirs) == before


async def test_a_store_is_no_way_into_another(application, api, theirs, strangers):
    """The owner of one store names the things of another below the path of the own: there are none."""
    caller, shop = strangers["staff"]
    before, ids, wrong = await seen(api, theirs), {**theirs.ids, "store_ref": shop.slug}, []
    for operation in guarded(application):
        body = body_for(theirs, operation)
        if "/staff/" not in operation.path or ("_id}" not in operation.path and body is None):
            continue
        answer = await call(caller, operation, ids, body)
        if answer.status_code != 404 or theirs.canary in answer.text:
            wrong.append(f"{operation.method} {operation.path}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)
    assert await seen(api, theirs) == before


async def test_filters_of_a_list_do_not_reach_into_another_store(api, theirs, strangers):
    """Lists that are filtered by another store's order, SKU or location are empty or refused."""
    caller, shop = strangers["staff"]
    for path in ("payment-refunds", "ledger", "stock", "stock/movements"):
        named = {name: theirs.ids[name] for name in ("order_id", "sku_id", "location_id")}
        answer = await caller.get(f"{shop.path}/staff/{path}", params=named)
        assert answer.status_code == 404 or ok(answer)["items"] == [], (path, answer.text)
        assert theirs.canary not in answer.text


async def test_a_body_does_not_reach_another_shoppers_things(theirs, strangers):
    """Another's address in a basket is refused, and the refusal does not say what it is."""
    caller, _ = strangers["shopper"]
    basket = {"address_id": theirs.ids["address_id"], "lines": [{"sku_id": str(theirs.goods.sku), "quantity": 1}]}
    total = {"amount": 1999, "currency": theirs.shop.currency}
    for path, body in (("/api/checkouts/preview", basket), ("/api/checkouts", {**basket, "expected_total": total})):
        answer = await caller.post(path, body)
        assert answer.status_code in (404, 422), answer.text
        assert theirs.canary not in answer.text


async def test_whose_things_they_are_see_the_canary(application, api, theirs):
    """The control: each reading operation shows its thing to whom it belongs, and most of them the canary."""
    buying, selling, showing = api.acting_as(theirs.shopper), api.acting_as(theirs.shop.owner), []
    for operation in guarded(application):
        if operation.method != "GET" or "/mall/" in operation.path or operation.path.endswith("/movements"):
            continue
        draft = operation.path == "/api/stores/{store_ref}/products/{product_id}"
        answer = await call(selling if "/staff/" in operation.path else buying, operation, theirs.ids, None)
        assert answer.status_code == (404 if draft else 200), (operation.path, answer.text)
        showing += [operation.path.rsplit("/", 1)[-1]] if theirs.canary in answer.text else []
    expected = {"{order_id}", "{product_id}", "{address_id}", "products", "members", "locations", "{location_id}"}
    assert expected <= set(showing), showing
