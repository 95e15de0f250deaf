from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from galleria.core.checkout.placing import place
from galleria.core.checkout.refunding import refund
from galleria.core.errors import Conflict
from galleria.core.ids import new_id
from galleria.core.orders import queries as orders
from galleria.core.orders.actors import SYSTEM
from galleria.core.orders.refunds import RefundUnits
from galleria.core.payments.payout_records import record_refund
from galleria.core.providers import RefundState, RefundStatus
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem

from .buying import goods_lines, of, stock
from .offering import a_tenth_off, bought, drafted


def amount(money) -> int:
    return money["amount"]


async def asked_back(order_id) -> int:
    """What the provider is to give back for an order."""
    return int(
        await db.fetch_value("SELECT COALESCE(sum(amount), 0) FROM payment_refund WHERE order_id = $1", order_id)
    )


async def test_a_refund_before_shipment_frees_its_units(buyer, counter, make_shop, make_goods):
    """Units that were not sent are free for sale again by the refund alone; the rest is still sent."""
    shop = await make_shop()
    goods, desk = await make_goods(shop, prices=(1000,), stock=9), counter(shop)
    order = await buyer.bought(of(goods, 3))
    line = goods_lines(order)[0]["id"]
    refunded = await desk.refund(order["id"], (line, 1))
    assert (refunded["state"], amount(refunded["refunded"])) == ("paid", 1000)
    assert [(row["quantity"], row["cancelled"], row["refunded"]) for row in goods_lines(refunded)] == [(3, 1, 1)]
    assert await stock(goods) == (9, 2)
    problem(await desk.send_parcel(order["id"], (line, 3)), 409, "units_not_to_ship")
    sent = await desk.ship(order["id"])
    assert sent["parcels"][0]["lines"] == [{"line_id": line, "quantity": 2}]
    assert await stock(goods) == (7, 0)


@pytest.mark.parametrize(("restock", "on_hand"), [(False, 7), (True, 9)])
async def test_refund_only_after_sales_puts_goods_back_only_when_staff_say_so(
    buyer, counter, make_shop, make_goods, restock, on_hand
):
    """Delivered goods return to the shelf with `restock`, never by the refund alone."""
    shop = await make_shop()
    goods, desk = await make_goods(shop, stock=9), counter(shop)
    order = await buyer.bought(of(goods, 2))
    await desk.ship(order["id"])
    await desk.refund(order["id"], restock=restock)
    assert await stock(goods) == (on_hand, 0)


async def test_unsent_units_are_refunded_before_sent_ones(buyer, counter, make_shop, make_goods):
    """Of three units, one sent, a refund of two takes the two that wait; nothing is restocked for them twice."""
    shop = await make_shop()
    goods, desk = await make_goods(shop, stock=9), counter(shop)
    order = await buyer.bought(of(goods, 3))
    line = goods_lines(order)[0]["id"]
    await desk.ship(order["id"], (line, 1))
    refunded = await desk.refund(order["id"], (line, 2), restock=True)
    assert [(row["cancelled"], row["refunded"]) for row in goods_lines(refunded)] == [(2, 2)]
    assert await stock(goods) == (8, 0)


async def test_more_than_is_left_is_not_refunded(buyer, counter, make_shop, make_goods):
    """A refund of more units than are left is refused whole; so is one of an order that has nothing left."""
    shop = await make_shop()
    goods, desk = await make_goods(shop, prices=(1000, 300), stock=9), counter(shop)
    order = await buyer.bought(of(goods, 2), of(goods, 1, goods.skus[1]))
    first, second = (line["id"] for line in goods_lines(order))
    problem(await desk.send_refund(order["id"], (second, 1), (first, 3)), 409, "units_not_refundable")
    problem(await desk.send_refund(order["id"], (first, 1), (first, 1)), 422, "line_twice")
    problem(await desk.send_refund(order["id"], (new_id(), 1)), 404, "line_not_found")
    assert await asked_back(order["id"]) == 0
    await desk.refund(order["id"])
    assert await asked_back(order["id"]) == 2300
    problem(await desk.send_refund(order["id"]), 409, "units_not_refundable")
    problem(await desk.send_refund(order["id"], (first, 1)), 409, "units_not_refundable")


async def test_what_is_not_paid_is_not_refunded(buyer, counter, make_shop, make_goods):
    """Placed and cancelled orders have nothing to give back."""
    shop = await make_shop()
    placed, desk = await buyer.place(of(await make_goods(shop))), counter(shop)
    order_id = placed["orders"][0]["id"]
    problem(await desk.send_refund(order_id), 409, "order_state")
    ok(await buyer.cancel(placed["id"]))
    problem(await desk.send_refund(order_id), 409, "order_state")


async def test_an_order_refunded_before_shipment_is_cancelled(buyer, counter, make_shop, make_goods):
    """When nothing will be sent any more the order is cancelled, and its checkout stays paid."""
    shop = await make_shop()
    goods, desk = await make_goods(shop, stock=9), counter(shop)
    checkout = await buyer.buy(of(goods, 2))
    order_id = checkout["orders"][0]["id"]
    refunded = await desk.refund(order_id)
    assert (refunded["state"], refunded["cancel_reason"]) == ("cancelled", "refunded")
    assert [event["kind"] for event in refunded["history"]] == ["placed", "pay", "refunded", "void"]
    assert await stock(goods) == (9, 0)
    assert (await buyer.checkout(checkout["id"]))["state"] == "paid"


async def test_the_shipping_fee_can_be_refunded_after_all_goods(buyer, counter, make_shop, make_goods):
    """Refunding every unit cancels the order; its shipping fee can still be given back, and then nothing more."""
    shop = await make_shop(shipping_fee=600)
    desk = counter(shop)
    order = await buyer.bought(of(await make_goods(shop, prices=(1000,)), 2))
    refunded = await desk.refund(order["id"], (goods_lines(order)[0]["id"], 2))
    assert (refunded["state"], amount(refunded["refunded"])) == ("cancelled", 2000)
    refunded = await desk.refund(order["id"])
    assert (refunded["state"], amount(refunded["refunded"])) == ("cancelled", 2600)
    assert await asked_back(order["id"]) == 2600
    problem(await desk.send_refund(order["id"]), 409, "units_not_refundable")


async def test_refunding_what_was_never_sent_completes_the_rest(buyer, counter, make_shop, make_goods):
    """When the sent units have arrived and the others are refunded, the order is completed."""
    shop = await make_shop()
    desk = counter(shop)
    order = await buyer.bought(of(await make_goods(shop), 3))
    line = goods_lines(order)[0]["id"]
    await desk.ship(order["id"], (line, 2))
    ok(await buyer.api.post(f"/api/orders/{order['id']}/receive", key=""))
    assert (await desk.refund(order["id"], (line, 1)))["state"] == "completed"
    assert (await desk.refund(order["id"], (line, 1)))["state"] == "completed"


async def test_a_refund_while_parcels_are_on_their_way_waits_for_them(buyer, counter, make_shop, make_goods):
    """Nothing left to send, but a parcel under way: the order completes when that has arrived."""
    shop = await make_shop()
    desk = counter(shop)
    order = await buyer.bought(of(await make_goods(shop), 2))
    await desk.ship(order["id"], (goods_lines(order)[0]["id"], 1))
    assert (await desk.refund(order["id"]))["state"] == "fulfilling"
    assert ok(await buyer.api.post(f"/api/orders/{order['id']}/receive", key=""))["state"] == "completed"


async def test_a_refund_repeated_with_its_key_is_one_refund(buyer, counter, make_shop, make_goods):
    """The same key and body is answered from the record; the money goes back once."""
    shop = await make_shop()
    desk = counter(shop)
    order = await buyer.bought(of(await make_goods(shop, prices=(1000,)), 3))
    body = {"lines": [{"line_id": goods_lines(order)[0]["id"], "quantity": 1}]}
    path = desk.path(order["id"], "/refunds")
    first = ok(await desk.api.post(path, body, key="one refund of ours"), 201)
    assert ok(await desk.api.post(path, body, key="one refund of ours"), 201) == first
    assert await asked_back(order["id"]) == 1000


async def test_a_refund_is_settled_when_the_provider_has_given_it_back(mall, buyer, counter, make_shop, make_goods):
    """A refund is pending until payments say what became of it: settled, or failed; told again changes nothing."""
    shop = await make_shop()
    desk = counter(shop)
    order = await buyer.bought(of(await make_goods(shop), 2))
    line = goods_lines(order)[0]["id"]
    for _ in range(2):
        await desk.refund(order["id"], (line, 1))
    good, bad = (row["id"] for row in (await desk.order(order["id"]))["refunds"])
    for request_id, state in ((good, RefundState.SUCCEEDED), (bad, RefundState.FAILED)) * 2:
        row = await db.fetch_row(
            "SELECT r.id, c.provider FROM payment_refund r JOIN payment_capture c ON c.id = r.capture_id "
            "WHERE r.request_id = $1",
            request_id,
        )
        await record_refund(mall, row["provider"], RefundStatus(refund_id=row["id"], state=state))
        await mall.outbox.deliver(mall.now())
    shown = {
        row["id"]: (row["state"], row["settled_at"] is not None) for row in (await desk.order(order["id"]))["refunds"]
    }
    assert shown == {good: ("settled", True), bad: ("failed", False)}


async def test_an_order_that_cost_nothing_is_refunded_without_money(buyer, counter, make_shop, make_goods):
    """A refund of nothing is settled at once, asks no provider, and frees the units."""
    shop = await make_shop()
    goods, desk = await make_goods(shop, prices=(0,), stock=3), counter(shop)
    order = await buyer.bought(of(goods, 2))
    refunded = await desk.refund(order["id"])
    assert [(row["state"], amount(row["amount"])) for row in refunded["refunds"]] == [("settled", 0)]
    assert await stock(goods) == (3, 0)


async def test_provider_money_goes_back_before_tenders(mall, make_person, make_shop, make_goods):
    """Of an order over 45.18, 1.00 of it paid in points, the last refund gives back the points."""
    shop = await make_shop()
    goods = await make_goods(shop, prices=(1999,))
    draft = await bought(mall, (await make_person()).id, [(goods.sku, 2)], a_tenth_off)
    order = draft.orders[0]
    assert (order.total, order.tenders, order.due) == (4198, 100, 4098)
    fee = next(line.id for line in order.lines if line.kind == "shipping")
    line = next(line.id for line in order.lines if line.kind == "goods")
    parts = [await _refund(mall, order, RefundUnits(line, 2)), await _refund(mall, order, RefundUnits(fee, 1))]
    assert [(made.money, made.tenders) for made in parts] == [(3598, 0), (500, 100)]
    assert await asked_back(order.id) == order.due


async def test_cancelling_one_line_spreads_no_discount_anew(mall, make_person, make_shop, make_goods):
    """A refunded line gives back what it cost, its share of a discount included; the survivor costs what it did."""
    goods = await make_goods(await make_shop(), prices=(1999, 333))
    draft = await bought(mall, (await make_person()).id, [(goods.skus[0], 1), (goods.skus[1], 3)], a_tenth_off)
    order = draft.orders[0]
    first, second = (line for line in order.lines if line.kind == "goods")
    made = await _refund(mall, order, RefundUnits(first.id, 1))
    assert made.amount == first.total
    left = {line.id: line for line in await orders.lines([order.id])}
    assert (left[second.id].total, left[second.id].balances) == (second.total, list(second.balances))
    rest = [await _refund(mall, order, RefundUnits(second.id, 1)) for _ in range(3)]
    assert sum(part.amount for part in rest) == second.total


async def _refund(mall, order, *units, restock=False):
    return await refund(mall, order.store_id, order.id, list(units), SYSTEM, reason="test", restock=restock)


async def at_once(mall, order, *groups) -> list[object]:
    """Refunds asked for at the same time."""
    return await asyncio.gather(*(_refund(mall, order, *units) for units in groups), return_exceptions=True)


@pytest.mark.parametrize("sent", [False, True])
async def test_over_refund_by_two_concurrent_partial_refunds(mall, buyer, counter, make_shop, make_goods, sent):
    """Of two refunds that together want more units than there are, made at once, exactly one is recorded."""
    shop = await make_shop()
    goods = await make_goods(shop, prices=(1000,), stock=900)
    for _ in range(5):
        bought_order = await buyer.bought(of(goods, 3))
        if sent:
            await counter(shop).ship(bought_order["id"])
        order = await orders.store_order(shop.id, UUID(bought_order["id"]))
        line = UUID(goods_lines(bought_order)[0]["id"])
        results = await at_once(mall, order, [RefundUnits(line, 2)], [RefundUnits(line, 2)])
        refusals = [result for result in results if isinstance(result, Conflict)]
        assert [refusal.code for refusal in refusals] == ["units_not_refundable"]
        assert await asked_back(order.id) == 2000


async def test_refunds_of_different_lines_at_once_are_both_recorded(mall, buyer, make_shop, make_goods):
    """Two refunds that do not want the same units both stand, and the sum is in the order."""
    shop = await make_shop()
    goods = await make_goods(shop, prices=(1000, 300))
    bought_order = await buyer.bought(of(goods, 1), of(goods, 1, goods.skus[1]))
    order = await orders.store_order(shop.id, UUID(bought_order["id"]))
    units = [RefundUnits(UUID(line["id"]), 1) for line in goods_lines(bought_order)]
    results = await at_once(mall, order, units[:1], units[1:])
    assert sorted(result.amount for result in results) == [300, 1000]
    assert amount((await buyer.order(order.id))["refunded"]) == 1300


async def test_refunds_at_once_without_lock_and_compare_and_set_pay_twice(
    mall, buyer, make_shop, make_goods, monkeypatch
):
    """The control: two refunds that both read the order before either writes, and write without a condition,
    are both recorded."""
    shop = await make_shop()
    bought_order = await buyer.bought(of(await make_goods(shop, prices=(1000,)), 3))
    order = await orders.store_order(shop.id, UUID(bought_order["id"]))
    line, meeting, made = UUID(goods_lines(bought_order)[0]["id"]), asyncio.Barrier(2), []

    async def unlocked(store_id, order_id):
        found = await orders.store_order(store_id, order_id)
        await meeting.wait()
        return found

    async def uncounted(_, refund):
        made.append(refund.amount)

    async def nothing(*_, **__):
        return None

    monkeypatch.setattr("galleria.core.checkout.refunding.orders.lock_store_order", unlocked)
    monkeypatch.setattr("galleria.core.orders.refunds._count", uncounted)
    for name in ("_write", "_reverse"):
        monkeypatch.setattr(f"galleria.core.orders.refunds.{name}", nothing)
    for name in ("_give_back", "_return_units", "_publish"):
        monkeypatch.setattr(f"galleria.core.checkout.refunding.{name}", nothing)
    monkeypatch.setattr("galleria.core.orders.fulfilment.note_refund", nothing)
    results = await at_once(mall, order, [RefundUnits(line, 2)], [RefundUnits(line, 2)])
    assert not any(isinstance(result, Exception) for result in results)
    assert made == [2000, 2000]


async def test_the_compare_and_set_alone_refuses_the_second(mall, buyer, make_shop, make_goods, monkeypatch):
    """Without the lock, but with the condition on what was read, two refunds of the same units are one."""
    shop = await make_shop()
    bought_order = await buyer.bought(of(await make_goods(shop, prices=(1000,)), 3))
    order = await orders.store_order(shop.id, UUID(bought_order["id"]))
    line, meeting = UUID(goods_lines(bought_order)[0]["id"]), asyncio.Barrier(2)

    async def unlocked(store_id, order_id):
        found = await orders.store_order(store_id, order_id)
        await meeting.wait()
        return found

    monkeypatch.setattr("galleria.core.checkout.refunding.orders.lock_store_order", unlocked)
    results = await at_once(mall, order, [RefundUnits(line, 2)], [RefundUnits(line, 2)])
    assert sum(isinstance(result, Exception) for result in results) == 1
    assert await asked_back(order.id) == 2000


async def test_a_refund_and_a_parcel_at_once_share_the_units(mall, buyer, counter, make_shop, make_goods):
    """A refund of all units against a parcel of all of them: sent units are not freed, freed ones not sent."""
    shop = await make_shop()
    goods, desk = await make_goods(shop, prices=(1000,), stock=50), counter(shop)
    for turn in range(6):
        before = await stock(goods)
        order = await buyer.bought(of(goods, 2))
        work = [desk.send_refund(order["id"]), desk.send_parcel(order["id"])]
        answers = await asyncio.gather(*(work if turn % 2 else reversed(work)))
        assert sorted(answer.status_code for answer in answers) in ([201, 201], [201, 409])
        row = goods_lines(await desk.order(order["id"]))[0]
        assert (row["shipped"] + row["cancelled"], row["refunded"]) == (2, 2)
        assert await stock(goods) == (before[0] - row["shipped"], 0)
        assert await asked_back(order["id"]) == 2000


async def test_a_batch_of_one_buyer_is_refunded_order_by_order(mall, make_person, make_shop, make_goods):
    """Refunding one order of a checkout over two stores leaves the other paid."""
    goods = [await make_goods(await make_shop(), prices=(1000,)) for _ in range(2)]
    draft = await bought(mall, (await make_person()).id, [(each.sku, 1) for each in goods])
    made = await _refund(mall, draft.orders[0])
    assert (made.amount, await asked_back(draft.orders[1].id)) == (1000, 0)
    states = [order.state for order in await orders.checkout_orders(draft.id)]
    assert sorted(states) == ["cancelled", "paid"]


async def test_a_refund_needs_the_orders_own_store(mall, make_person, make_shop, make_goods):
    """Under another store's id the order is not there."""
    draft = await bought(mall, (await make_person()).id, [((await make_goods(await make_shop())).sku, 1)])
    with pytest.raises(Exception, match="no such order"):
        await refund(mall, (await make_shop()).id, draft.orders[0].id, [], SYSTEM, reason="x", restock=False)
    unpaid = await drafted(mall, draft.account_id, [(draft.prices[0][0], 1)])
    assert await place(mall, [unpaid]) == {}
    with pytest.raises(Conflict, match="paid"):
        await _refund(mall, unpaid.orders[0])


async def test_an_empty_list_of_lines_is_not_a_refund_of_everything(buyer, counter, make_shop, make_goods):
    """A client whose selection came out empty gives nothing back by mistake; leaving `lines` out says everything."""
    shop = await make_shop()
    desk = counter(shop)
    order = await buyer.bought(of(await make_goods(shop), 2))
    problem(await desk.api.post(desk.path(order["id"], "/refunds"), {"lines": []}), 422, "invalid")
    sent = {"carrier": "SF", "tracking_number": "SF1", "lines": []}
    problem(await desk.api.post(desk.path(order["id"], "/parcels"), sent), 422, "invalid")
    assert (await desk.order(order["id"]))["state"] == "paid"
