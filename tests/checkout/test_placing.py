from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from galleria.core.catalog.tables import Sku
from galleria.core.checkout import comparing, placing, routes
from galleria.core.checkout.placing import place
from galleria.core.ids import new_id
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem

from .buying import of, stock
from .offering import drafted


async def count_of(buyer) -> tuple[int, int]:
    """How many checkouts and orders a buyer has."""
    checkouts = await db.fetch_value("SELECT count(*) FROM checkout WHERE account_id = $1", buyer.person.id)
    return checkouts, await db.fetch_value("SELECT count(*) FROM shop_order WHERE account_id = $1", buyer.person.id)


async def test_one_checkout_over_two_stores_has_an_order_for_each(buyer, make_shop, make_goods):
    """Two stores make two orders, each with its own shipping and remark, under one payment of the sum."""
    one, other = await make_shop(shipping_fee=500), await make_shop()
    first, second = await make_goods(one, prices=(1000,)), await make_goods(other, prices=(250,))
    placed = await buyer.place(of(first), of(second, 2), remarks=[{"store_id": str(one.id), "text": "轻放"}])
    assert placed["total"]["amount"] == placed["due"]["amount"] == 2000
    totals = {order["store"]["slug"]: order["total"]["amount"] for order in placed["orders"]}
    assert totals == {one.slug: 1500, other.slug: 500}
    remarks = {(await buyer.order(order["id"]))["remark"] for order in placed["orders"]}
    assert remarks == {"轻放", ""}
    assert await db.fetch_value("SELECT amount FROM payment WHERE checkout_id = $1", placed["id"]) == 2000


async def test_a_store_without_stock_leaves_nothing_of_the_other(mall, buyer, make_shop, make_goods):
    """When one of two stores cannot hold its units, neither order is written, no unit is held, the cart stays."""
    plenty, scarce = await make_goods(await make_shop(), stock=9), await make_goods(await make_shop(), stock=1)
    for goods in (plenty, scarce):
        ok(await buyer.api.post("/api/cart/lines", of(goods)), 201)
    before = ok(await buyer.api.get("/api/cart"))
    body = await buyer.body()
    await drafted_and_placed(mall, buyer, scarce)
    refused = problem(await buyer.send(body), 409, "lines_unavailable")
    assert [(line["code"], line["available"]) for line in refused["errors"]] == [("out_of_stock", 0)]
    assert refused["quote"]["unavailable"][0]["sku_id"] == str(scarce.sku)
    assert await count_of(buyer) == (1, 1)
    assert await stock(plenty) == (9, 0)
    after = ok(await buyer.api.get("/api/cart"))
    assert after["version"] == before["version"]


async def drafted_and_placed(mall, buyer, goods, quantity=1):
    draft = await drafted(mall, buyer.person.id, [(goods.sku, quantity)])
    assert await place(mall, [draft]) == {}
    return draft


async def test_stock_that_goes_between_pricing_and_placing_refuses_all_of_a_checkout(
    mall, buyer, make_shop, make_goods
):
    """The hold decides, whatever was read before: the whole checkout is refused, and its key may be used again."""
    plenty, scarce = await make_goods(await make_shop(), stock=9), await make_goods(await make_shop(), stock=1)
    late = await drafted(mall, buyer.person.id, [(plenty.sku, 2), (scarce.sku, 1)])
    await drafted_and_placed(mall, buyer, scarce)
    refused = await place(mall, [late])
    assert refused[late.id].code == "out_of_stock"
    assert await db.fetch_value("SELECT count(*) FROM shop_order WHERE checkout_id = $1", late.id) == 0
    assert await stock(plenty) == (9, 0)


async def test_a_refused_checkout_of_a_batch_leaves_the_others_placed(mall, buyer, make_shop, make_goods):
    """Of three checkouts that are placed together the one without stock is refused alone."""
    goods = await make_goods(await make_shop(), stock=3)
    drafts = [await drafted(mall, buyer.person.id, [(goods.sku, count)]) for count in (1, 3, 2)]
    refused = await place(mall, drafts)
    assert list(refused) == [drafts[1].id]
    assert await stock(goods) == (3, 3)
    assert await count_of(buyer) == (2, 2)


async def test_the_same_key_and_body_is_answered_from_the_record(buyer, make_shop, make_goods):
    """A repeated request gets the first answer, marked as replayed, and places nothing again."""
    goods = await make_goods(await make_shop(), stock=1)
    body, key = await buyer.body(of(goods)), uuid4().hex
    first = ok(await buyer.send(body, key=key), 201)
    again = await buyer.send(body, key=key)
    assert ok(again, 201) == first
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await count_of(buyer) == (1, 1)


async def test_a_key_with_another_body_is_refused(buyer, make_shop, make_goods):
    """The same key for another purchase is 422, and places nothing."""
    goods, key = await make_goods(await make_shop()), uuid4().hex
    ok(await buyer.send(await buyer.body(of(goods)), key=key), 201)
    problem(await buyer.send(await buyer.body(of(goods, 2)), key=key), 422, "idempotency_key_reused")
    assert await count_of(buyer) == (1, 1)


async def test_a_missing_key_is_refused(buyer, make_shop, make_goods):
    """Placing without an Idempotency-Key is 400."""
    body = await buyer.body(of(await make_goods(await make_shop())))
    problem(await buyer.send(body, key=""), 400, "idempotency_key_required")


@pytest.mark.parametrize("from_cart", [False, True])
async def test_duplicates_at_once_place_one_order(buyer, make_shop, make_goods, from_cart):
    """Eight requests with one key, all at once, place one order and are given the same answer, though the
    cart is empty and the last unit gone when the last of them is served."""
    goods, key = await make_goods(await make_shop(), stock=1), uuid4().hex
    if from_cart:
        ok(await buyer.api.post("/api/cart/lines", of(goods)), 201)
    body = await buyer.body(*([] if from_cart else [of(goods)]))
    answers = await asyncio.gather(*(buyer.send(body, key=key) for _ in range(8)))
    assert len({ok(answer, 201)["id"] for answer in answers}) == 1
    assert await count_of(buyer) == (1, 1)


@pytest.mark.parametrize("stage", ["basket_of", "prepare"])
async def test_a_duplicate_that_comes_when_the_cart_is_empty_is_answered(
    buyer, make_shop, make_goods, monkeypatch, stage
):
    """A request that looked for its key a moment too early finds the cart empty, and then its twin's answer."""
    goods, key = await make_goods(await make_shop(), stock=1), uuid4().hex
    ok(await buyer.api.post("/api/cart/lines", of(goods)), 201)
    body, plain, first = await buyer.body(), getattr(routes, stage), []

    async def behind_its_twin(*arguments):
        if not first:
            first.append(None)
            first[0] = ok(await buyer.send(body, key=key), 201)
        return await plain(*arguments)

    monkeypatch.setattr(routes, stage, behind_its_twin)
    assert ok(await buyer.send(body, key=key), 201) == first[0]
    assert await count_of(buyer) == (1, 1)


async def test_another_shoppers_key_is_another_key(make_buyer, make_shop, make_goods):
    """Two shoppers with the same key and body get an order each, and never each other's answer."""
    goods, key = await make_goods(await make_shop()), uuid4().hex
    one, other = await make_buyer(), await make_buyer()
    mine = ok(await one.send(await one.body(of(goods), address_id=one.address_id), key=key), 201)
    theirs = ok(await other.send(await other.body(of(goods)), key=key), 201)
    assert mine["id"] != theirs["id"]
    problem(await other.api.get(f"/api/checkouts/{mine['id']}"), 404, "checkout_not_found")


async def test_one_cart_is_not_bought_twice(buyer, make_shop, make_goods):
    """Four requests for one cart, each with a key of its own, all at once: one order, and the rest are refused."""
    goods = await make_goods(await make_shop(), stock=9)
    ok(await buyer.api.post("/api/cart/lines", of(goods)), 201)
    body = await buyer.body()
    answers = await asyncio.gather(*(buyer.send(body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"cart_changed", "cart_empty"}
    assert await count_of(buyer) == (1, 1)
    assert await stock(goods) == (9, 1)


async def test_without_the_carts_version_it_is_bought_twice(buyer, make_shop, make_goods, monkeypatch):
    """The control: requests that all read the cart before any of them is placed buy it once each."""
    goods, meeting = await make_goods(await make_shop(), stock=9), asyncio.Barrier(4)
    ok(await buyer.api.post("/api/cart/lines", of(goods)), 201)
    body = await buyer.body()

    async def unguarded(_):
        await meeting.wait()
        return {}

    monkeypatch.setattr(comparing, "changed_carts", unguarded)
    answers = await asyncio.gather(*(buyer.send(body) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4


async def test_a_cart_that_changes_while_it_is_bought_stays(buyer, make_shop, make_goods, monkeypatch):
    """Units added between pricing and placing are not lost: the placement is refused, the cart has them all."""
    goods, plain = await make_goods(await make_shop(), stock=9), routes.prepare
    ok(await buyer.api.post("/api/cart/lines", of(goods)), 201)
    body = await buyer.body()

    async def prepare_then_add(*arguments):
        made = await plain(*arguments)
        ok(await buyer.api.post("/api/cart/lines", of(goods, 2)), 201)
        return made

    monkeypatch.setattr(routes, "prepare", prepare_then_add)
    problem(await buyer.send(body), 409, "cart_changed")
    assert [
        line["quantity"] for store in ok(await buyer.api.get("/api/cart"))["stores"] for line in store["lines"]
    ] == [3]
    assert await count_of(buyer) == (0, 0)


async def test_only_selected_lines_are_bought(buyer, make_shop, make_goods):
    """A line that is not selected stays in the cart; a cart of nothing selected is refused."""
    shop = await make_shop()
    first, second = await make_goods(shop), await make_goods(shop)
    for goods in (first, second):
        cart = ok(await buyer.api.post("/api/cart/lines", of(goods)), 201)
    line = next(line for line in cart["stores"][0]["lines"] if line["sku_id"] == str(second.sku))
    version = {"If-Match": f'"v{cart["version"]}"'}
    ok(await buyer.api.patch(f"/api/cart/lines/{line['line_id']}", {"selected": False}, headers=version))
    placed = await buyer.place()
    bought = await buyer.order(placed["orders"][0]["id"])
    assert [row["sku_id"] for row in bought["lines"]] == [str(first.sku)]
    left = ok(await buyer.api.get("/api/cart"))
    assert [row["line_id"] for store in left["stores"] for row in store["lines"]] == [line["line_id"]]
    total = {"amount": 0, "currency": "CNY"}
    problem(await buyer.send({"address_id": buyer.address_id, "expected_total": total}), 409, "cart_empty")


async def test_another_total_than_was_shown_is_refused_with_the_new_quote(buyer, make_shop, make_goods):
    """A price that went up after it was shown: 409 with what it costs now; at that total it is placed."""
    goods = await make_goods(await make_shop(), prices=(1000,))
    body = await buyer.body(of(goods, 2))
    await Sku.update({Sku.price: 1100, Sku.price_revision: 2}).where(Sku.id == goods.sku)
    refused = problem(await buyer.send(body), 409, "total_changed")
    assert refused["quote"]["totals"]["total"] == {"amount": 2200, "currency": "CNY"}
    assert await count_of(buyer) == (0, 0)
    ok(await buyer.send({**body, "expected_total": refused["quote"]["totals"]["total"]}), 201)


async def test_a_total_in_another_currency_is_another_total(buyer, make_shop, make_goods):
    """The right number in the wrong currency is refused."""
    body = await buyer.body(of(await make_goods(await make_shop())))
    body["expected_total"] = {**body["expected_total"], "currency": "EUR"}
    problem(await buyer.send(body), 409, "total_changed")


async def test_a_price_that_changes_between_pricing_and_placing_refuses(mall, buyer, make_shop, make_goods):
    """The revision of the price decides inside the transaction, even when the price is the same again."""
    goods = await make_goods(await make_shop())
    draft = await drafted(mall, buyer.person.id, [(goods.sku, 1)])
    await Sku.update({Sku.price_revision: 2}).where(Sku.id == goods.sku)
    assert (await place(mall, [draft]))[draft.id].code == "price_changed"
    assert await count_of(buyer) == (0, 0)
    assert await stock(goods) == (100, 0)


async def test_goods_that_are_sent_need_an_address(buyer, make_shop, make_goods):
    """Placing without an address is 422, and names the field."""
    body = await buyer.body(of(await make_goods(await make_shop())))
    del body["address_id"]
    assert problem(await buyer.send(body), 422, "address_required")["errors"][0]["path"] == "address_id"


async def test_another_shoppers_address_is_not_there(make_buyer, make_shop, make_goods):
    """Somebody else's address cannot be sent to, nor seen."""
    one, other = await make_buyer(), await make_buyer()
    body = await one.body(of(await make_goods(await make_shop())))
    problem(await one.send({**body, "address_id": other.address_id}), 404, "address_not_found")
    problem(await one.api.post("/api/checkouts/preview", {"address_id": other.address_id}), 404, "address_not_found")


async def test_the_address_is_kept_as_it_was(buyer, make_shop, make_goods):
    """An address that is edited later does not change the order that was sent there."""
    placed = await buyer.place(of(await make_goods(await make_shop())))
    ok(await buyer.api.patch(f"/api/me/addresses/{buyer.address_id}", {"street": "Elsewhere 2"}))
    order = await buyer.order(placed["orders"][0]["id"])
    assert order["address"]["street"] == placed["address"]["street"] == "文三路 1 号"
    assert set(order["address"]) == {
        "recipient", "phone", "country", "province", "city", "district", "street", "postal_code",
    }  # fmt: skip


CLIENT_SAYS = [
    {"price": 1}, {"store_id": str(new_id())}, {"status": "paid"}, {"paid_at": "2026-01-01T00:00:00Z"}, {"total": 1},
]  # fmt: skip


@pytest.mark.parametrize("extra", CLIENT_SAYS, ids=lambda extra: next(iter(extra)))
async def test_price_store_and_state_sent_by_the_client_are_refused(buyer, make_shop, make_goods, extra):
    """A field that is not declared is refused, in the body and in a line: nothing of it is honoured."""
    goods = await make_goods(await make_shop())
    body = await buyer.body(of(goods))
    problem(await buyer.send({**body, **extra}), 422, "invalid")
    problem(await buyer.send({**body, "lines": [{**of(goods), **extra}]}), 422, "invalid")
    assert await count_of(buyer) == (0, 0)


@pytest.mark.parametrize("quantity", [-1, 0, 10_000, 2**63, 10**30, 1.5, None, True])
async def test_a_quantity_that_is_none_is_refused(buyer, make_shop, make_goods, quantity):
    """Quantities are whole numbers from 1 to 9999."""
    goods = await make_goods(await make_shop())
    body = await buyer.body(of(goods))
    problem(await buyer.send({**body, "lines": [of(goods, quantity)]}), 422, "invalid")
    assert await count_of(buyer) == (0, 0)


async def test_an_order_of_no_lines_or_too_many_is_refused(buyer, make_shop, make_goods):
    """A checkout without the cart has 1 to 200 lines."""
    goods = await make_goods(await make_shop())
    body = await buyer.body(of(goods))
    problem(await buyer.send({**body, "lines": []}), 422, "invalid")
    problem(await buyer.send({**body, "lines": [of(goods)] * 201}), 422, "invalid")


async def test_a_sku_that_is_none_cannot_be_bought(buyer, make_shop, make_goods):
    """Unknown goods are named as unavailable, and so are those of a closed shop or off sale."""
    unknown = {"sku_id": str(new_id()), "quantity": 1}
    closed, off = (
        await make_goods(await make_shop(state="closed")),
        await make_goods(await make_shop(), state="off_sale"),
    )
    quote = await buyer.preview(unknown, of(closed), of(off))
    assert [line["reason"] for line in quote["unavailable"]] == ["deleted", "store_closed", "off_sale"]
    total = {"amount": 0, "currency": "CNY"}
    body = {"address_id": buyer.address_id, "lines": [of(off)], "expected_total": total}
    problem(await buyer.send(body), 409, "lines_unavailable")


async def test_two_currencies_are_not_bought_together(buyer, make_shop, make_goods):
    """Goods in another currency than the first line's are refused; alone they can be bought."""
    yuan, euro = await make_goods(await make_shop()), await make_goods(await make_shop(currency="EUR"))
    quote = await buyer.preview(of(yuan), of(euro))
    assert [line["reason"] for line in quote["unavailable"]] == ["currency_mismatch"]
    body = {"address_id": buyer.address_id, "lines": [of(yuan), of(euro)], "expected_total": quote["totals"]["total"]}
    problem(await buyer.send(body), 409, "lines_unavailable")
    assert (await buyer.place(of(euro)))["total"]["currency"] == "EUR"


async def test_two_lines_of_one_sku_do_not_sell_the_same_unit(buyer, make_shop, make_goods):
    """Two lines of one SKU need the units of both."""
    goods = await make_goods(await make_shop(), stock=3)
    quote = await buyer.preview(of(goods, 2), of(goods, 2))
    assert [line["available"] for line in quote["unavailable"]] == [1]
    await buyer.place(of(goods, 2), of(goods, 1))
    assert await stock(goods) == (3, 3)


async def test_extra_data_and_asks_without_a_plugin_are_refused(buyer, make_shop, make_goods):
    """What the cart would not take cannot be bought past it either."""
    goods = await make_goods(await make_shop())
    body = await buyer.body(of(goods))
    lines = [of(goods), {**of(goods), "extra": {"nobody": 1}}]
    refused = problem(await buyer.send({**body, "lines": lines}), 422, "unknown_plugin")
    assert refused["errors"][0]["path"] == "lines.1.extra.nobody"
    problem(await buyer.send({**body, "asks": [{"plugin": "nobody", "reference": "1"}]}), 422, "unknown_plugin")
    del body["lines"]
    asks = [{"plugin": "nobody", "reference": "1"}]
    problem(await buyer.send({**body, "asks": asks}), 422, "asks_are_in_the_cart")


async def test_nothing_due_is_paid_without_a_provider(buyer, deliver, make_shop, make_goods):
    """An order that costs nothing is paid when it is placed, has no payment, and its units stay held."""
    goods = await make_goods(await make_shop(), prices=(0,), stock=2)
    placed = await buyer.place(of(goods))
    assert (placed["state"], placed["payment_id"], placed["due"]["amount"]) == ("paid", None, 0)
    order = await buyer.order(placed["orders"][0]["id"])
    assert order["state"] == "paid"
    assert [event["kind"] for event in order["history"]] == ["placed", "pay"]
    assert await stock(goods) == (2, 1)
    problem(await buyer.cancel(placed["id"]), 409, "already_paid")
    facts = "SELECT kind FROM outbox_event WHERE subject_id = $1 ORDER BY id"
    assert [row["kind"] for row in await db.fetch(facts, order["id"])] == ["order.placed", "order.paid"]


async def test_a_preview_writes_nothing(buyer, make_shop, make_goods):
    """Asking for a price holds no unit and makes no order."""
    goods = await make_goods(await make_shop(), stock=2)
    await buyer.preview(of(goods, 2))
    assert await stock(goods) == (2, 0)
    assert await count_of(buyer) == (0, 0)


async def test_a_checkout_needs_somebody(api, make_shop, make_goods):
    """Whoever is not signed in can neither preview nor place."""
    body = {"lines": [of(await make_goods(await make_shop()))]}
    problem(await api.post("/api/checkouts/preview", body), 401, "unauthenticated")
    body["expected_total"] = {"amount": 1999, "currency": "CNY"}
    problem(await api.post("/api/checkouts", body), 401, "unauthenticated")


async def test_64_checkouts_of_the_last_unit_make_one_order(mall, buyer, make_shop, make_goods):
    """Of 64 checkouts at once exactly one gets the last unit; the others leave nothing behind."""
    goods = await make_goods(await make_shop(), stock=1)
    drafts = [await drafted(mall, buyer.person.id, [(goods.sku, 1)]) for _ in range(64)]
    refused = await asyncio.gather(*(place(mall, [draft]) for draft in drafts))
    assert sum(not answer for answer in refused) == 1
    assert {problem.code for answer in refused for problem in answer.values()} == {"out_of_stock"}
    assert await count_of(buyer) == (1, 1)
    assert await stock(goods) == (1, 1)


async def test_without_the_hold_the_last_unit_is_sold_64_times(mall, make_person, make_shop, make_goods, monkeypatch):
    """The control: the same 64 checkouts, with stock only read beforehand, are all placed."""
    goods, person = await make_goods(await make_shop(), stock=1), await make_person()
    drafts = [await drafted(mall, person.id, [(goods.sku, 1)]) for _ in range(64)]

    async def holds_nothing(*_, **__):
        return {}

    monkeypatch.setattr(placing.inventory, "hold", holds_nothing)
    refused = await asyncio.gather(*(place(mall, [draft]) for draft in drafts))
    sold = await db.fetch_value("SELECT count(*) FROM shop_order WHERE account_id = $1", person.id)
    await undo(person.id)
    assert (refused, sold) == ([{}] * 64, 64)


async def undo(account_id) -> None:
    """Take a control's orders away, which break what must hold."""
    mine = "(SELECT id FROM shop_order WHERE account_id = $1)"
    for table in ("order_history", "order_line"):
        await db.execute(f"DELETE FROM {table} WHERE order_id IN {mine}", account_id)
    for table in ("shop_order", "checkout", "payment"):
        await db.execute(f"DELETE FROM {table} WHERE account_id = $1", account_id)


@pytest.mark.parametrize("change", [{"state": "closed"}, {"shipping_fee": 700}, {"tax_rate_ppm": 60_000}])
async def test_a_store_that_changes_its_terms_between_pricing_and_placing_refuses(
    mall, buyer, make_shop, make_goods, change
):
    """A store that closed, or whose shipping or tax is another one now, sells nothing on the old terms."""
    goods = await make_goods(await make_shop())
    draft = await drafted(mall, buyer.person.id, [(goods.sku, 1)])
    (column, value) = next(iter(change.items()))
    await db.execute(f"UPDATE store SET {column} = $2 WHERE id = $1", goods.shop.id, value)
    assert (await place(mall, [draft]))[draft.id].code == "store_changed"
    assert await stock(goods) == (100, 0)


async def test_a_remark_for_a_store_that_nothing_is_bought_from_is_refused(buyer, make_shop, make_goods):
    """A remark that no store would read is not dropped in silence."""
    body = await buyer.body(of(await make_goods(await make_shop())))
    other = await make_shop()
    refused = await buyer.send({**body, "remarks": [{"store_id": str(other.id), "text": "请包装"}]})
    assert problem(refused, 422, "remark_misses")["errors"][0]["detail"] == str(other.id)


async def test_more_than_an_amount_and_a_currency_in_the_total_is_refused(buyer, make_shop, make_goods):
    """Unknown members are refused inside of fields too; so is a negative total."""
    body = await buyer.body(of(await make_goods(await make_shop())))
    problem(await buyer.send({**body, "expected_total": {**body["expected_total"], "paid": True}}), 422, "invalid")
    problem(await buyer.send({**body, "expected_total": {"amount": -1, "currency": "CNY"}}), 422, "invalid")
