"""From a receipt to an order at its prices, over HTTP."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from galleria.core.storage.invariants import violations
from galleria.core.testing.client import ok, problem
from galleria.core.testing.factories import enable_plugin
from galleria.core.testing.soundness import kept_sound
from galleria_retail_replay import queries
from galleria_retail_replay.invariants import INVARIANTS


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def sound(replaying):
    """The module leaves every invariant of core and of the plugin as it was."""
    async with kept_sound(*INVARIANTS):
        yield


async def cancel(counter, placed):
    ok(await counter.shopper.post(f"/api/checkouts/{placed['id']}/cancel", {}, key=""))


async def test_basket_costs_what_its_receipt_says(counter):
    """10.00 at list price, 7.40 by the receipt, and each of the four is an adjustment of its own."""
    ok(await counter.keep(counter.row()))
    quote = await counter.quote(counter.line())
    assert (quote["totals"]["goods"]["amount"], quote["totals"]["total"]["amount"]) == (1000, 740)
    assert [(each["code"], each["amount"]["amount"]) for each in quote["adjustments"]] == [
        ("shelf_price:r-1:0", -100),
        ("retail_disc:r-1:0", -90),
        ("coupon_match_disc:r-1:0", -20),
        ("coupon_disc:r-1:0", -50),
    ]


async def test_lines_without_a_receipt_keep_their_price(counter):
    """Of two lines one is on the receipt: 7.40, and 3.00 as listed."""
    ok(await counter.keep(counter.row()))
    plain = {"sku_id": str(counter.goods.skus[1]), "quantity": 1}
    assert await counter.total(counter.line(), plain) == 1040


@pytest.mark.parametrize("extra", [None, 5, {"receipt": "r-1"}, {"receipt": "r-1", "line": 9}, {"receipt": "\u0000"}])
async def test_bad_extra_is_no_offer_and_no_error(counter, extra):
    """The line costs what it costs, and can be bought."""
    ok(await counter.keep(counter.row()))
    line = counter.line() | {"extra": {"retail_replay": extra}}
    assert await counter.total(line) == 1000


async def test_line_without_extra_asks_the_database_nothing(counter, monkeypatch):
    """A quote without a receipt costs no query of the plugin's."""

    async def read(*_):
        raise AssertionError

    monkeypatch.setattr(queries, "free_lines", read)
    assert await counter.total(counter.line() | {"extra": {}}) == 1000


async def test_basket_in_the_cart_costs_the_same(counter):
    """The cart carries `extra`, and two lines of one SKU stay apart by it."""
    ok(await counter.keep(counter.row(), counter.row(line=1, quantity=1)))
    for line in (counter.line(), counter.line(line=1, quantity=1)):
        ok(await counter.shopper.post("/api/cart/lines", line), 201)
    cart = ok(await counter.shopper.get("/api/cart"))
    assert cart["totals"]["total"]["amount"] == 740 + 290


async def test_receipt_is_bought_once(counter, mall):
    """The order uses the receipt up: its prices are gone, and a second checkout at them is refused."""
    ok(await counter.keep(counter.row()))
    placed = ok(await counter.buy(740, counter.line()), 201)
    assert (await counter.receipt("r-1"))["order_id"] == placed["orders"][0]["id"]
    assert await counter.total(counter.line()) == 1000
    problem(await counter.buy(740, counter.line()), 409, "total_changed")


async def test_cancelled_order_gives_its_receipt_back(counter, mall):
    """It can be bought anew, and an old order's fact that is told again takes nothing from the new one."""
    ok(await counter.keep(counter.row()))
    first = ok(await counter.buy(740, counter.line()), 201)
    await cancel(counter, first)
    await mall.outbox.deliver(mall.now())
    assert (await counter.receipt("r-1"))["order_id"] is None
    second = ok(await counter.buy(740, counter.line()), 201)
    assert await queries.give_back(counter.shop.id, first["orders"][0]["id"]) == 0
    assert (await counter.receipt("r-1"))["order_id"] == second["orders"][0]["id"]


async def test_free_basket_is_paid_at_once(counter):
    """What costs nothing needs no payment."""
    ok(await counter.keep(counter.row(coupon_disc=790)))
    placed = ok(await counter.buy(0, counter.line()), 201)
    assert (placed["state"], placed["payment_id"]) == ("paid", None)


async def race(counter):
    ok(await counter.keep(counter.row()))
    answers = await asyncio.gather(*(counter.buy(740, counter.line()) for _ in range(8)))
    return sorted(answer.status_code for answer in answers)


async def test_eight_who_buy_one_receipt_at_once_are_one(counter, mall):
    """One order, seven refusals."""
    assert await race(counter) == [201] + [409] * 7


async def test_eight_who_buy_one_receipt_without_a_claim_are_many(counter, mall, monkeypatch):
    """The control: with the claim left out several orders are placed, and the invariant tells."""

    async def everything(_, receipts):
        return frozenset(receipts)

    async def nothing(_, orders, __):
        return len(orders)

    monkeypatch.setattr(queries, "lock_free", everything)
    monkeypatch.setattr(queries, "take", nothing)
    assert (await race(counter)).count(201) > 1
    found = await violations(INVARIANTS, mall.now())
    assert [violation.name for violation in found] == [INVARIANTS[0].name]
    await undo(counter, mall)


async def undo(counter, mall):
    """Leave no order behind that breaks an invariant."""
    for order in ok(await counter.shopper.get("/api/orders"))["items"]:
        await cancel(counter, {"id": order["checkout_id"]})
    assert await violations(INVARIANTS, mall.now()) == []


async def test_store_where_the_plugin_is_off_knows_no_receipts(counter, mall, make_shop, make_goods, api):
    """There its data is refused, and its routes are not found; the receipt of the other store prices nothing."""
    ok(await counter.keep(counter.row()))
    other = await make_goods(await make_shop(currency="USD"), prices=[500])
    line = counter.line() | {"sku_id": str(other.sku)}
    problem(await counter.shopper.post("/api/checkouts/preview", {"lines": [line]}, key=""), 422, "plugin_off")
    problem(
        await api.acting_as(other.shop.owner).get(f"{other.shop.path}/retail_replay/receipts/r-1"),
        404,
        "plugin_disabled",
    )
    await enable_plugin(mall, "retail_replay", other.shop)
    assert await counter.total(line) == 1000


async def test_whole_refund_of_an_unsent_order_gives_the_receipt_back(counter, mall, deliver):
    """The order is cancelled by it; a refund of a part leaves the receipt used."""
    ok(await counter.keep(counter.row(coupon_disc=790)))
    placed = ok(await counter.buy(0, counter.line()), 201)
    order = ok(await counter.shopper.get(f"/api/orders/{placed['orders'][0]['id']}"))
    path = f"{counter.shop.path}/staff/orders/{order['id']}/refunds"
    ok(await counter.staff.post(path, {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}), 201)
    await deliver()
    assert (await counter.receipt("r-1"))["order_id"] == order["id"]
    ok(await counter.staff.post(path, {}), 201)
    await deliver()
    assert (await counter.receipt("r-1"))["order_id"] is None
