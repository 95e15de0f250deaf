from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from galleria.core.errors import Conflict
from galleria.core.ids import new_id
from galleria.core.orders import fulfilment
from galleria.core.orders.actors import Actor
from galleria.core.orders.fulfilment import Shipped, receive_overdue
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem

from ..checkout.buying import goods_lines, of, stock


async def block(order, *transitions) -> None:
    sql = "INSERT INTO order_block SELECT $2, store_id, id, 'party:waiting', $3, now() FROM shop_order WHERE id = $1"
    await db.execute(sql, order["id"], new_id(), list(transitions))


async def unblock(order) -> None:
    await db.execute("DELETE FROM order_block WHERE order_id = $1", order["id"])


async def state_of(order) -> str:
    state: str = await db.fetch_value("SELECT state FROM shop_order WHERE id = $1", order["id"])
    return state


def receive_path(order, parcel=None) -> str:
    return (
        f"/api/orders/{order['id']}/receive"
        if parcel is None
        else f"/api/orders/{order['id']}/parcels/{parcel}/receive"
    )


async def test_an_order_is_sent_in_several_parcels(buyer, counter, make_shop, make_goods):
    """Each parcel takes its units off the shelf; the order completes when all are sent and have arrived."""
    shop = await make_shop(shipping_fee=500)
    goods, desk = await make_goods(shop, prices=(1000, 2000), stock=9), counter(shop)
    order = await buyer.bought(of(goods, 3), of(goods, 2, goods.skus[1]))
    first, second = goods_lines(order)
    sent = await desk.ship(order["id"], (first["id"], 2))
    assert (sent["state"], await stock(goods)) == ("fulfilling", (7, 1))
    sent = await desk.ship(order["id"], (first["id"], 1), (second["id"], 1))
    assert [line["shipped"] for line in goods_lines(sent)] == [3, 1]
    one, other = (parcel["id"] for parcel in sent["parcels"])
    ok(await buyer.api.post(receive_path(order, one), key=""))
    received = ok(await buyer.api.post(receive_path(order, other), key=""))
    assert received["state"] == "fulfilling"
    sent = await desk.ship(order["id"])
    assert sent["parcels"][2]["lines"] == [{"line_id": second["id"], "quantity": 1}]
    assert (await stock(goods), await stock(goods, goods.skus[1])) == ((6, 0), (7, 0))
    done = ok(await buyer.api.post(receive_path(order), key=""))
    assert done["state"] == "completed"
    assert all(parcel["received_at"] for parcel in done["parcels"])


async def test_more_than_was_ordered_is_not_sent(buyer, counter, make_shop, make_goods):
    """A parcel of more units than are waiting is refused whole, and takes nothing off the shelf."""
    shop = await make_shop()
    goods, desk = await make_goods(shop, prices=(1000, 2000), stock=9), counter(shop)
    order = await buyer.bought(of(goods, 2), of(goods, 1, goods.skus[1]))
    first, second = goods_lines(order)
    over = await desk.send_parcel(order["id"], (second["id"], 1), (first["id"], 3))
    problem(over, 409, "units_not_to_ship")
    assert (await state_of(order), await stock(goods)) == ("paid", (9, 2))
    await desk.ship(order["id"], (first["id"], 2))
    problem(await desk.send_parcel(order["id"], (first["id"], 1)), 409, "units_not_to_ship")


@pytest.mark.parametrize("quantity", [0, -1, 10_000])
async def test_a_parcel_of_no_units_is_refused(buyer, counter, make_shop, make_goods, quantity):
    """Quantities in a parcel are from 1 to 9999."""
    shop = await make_shop()
    order = await buyer.bought(of(await make_goods(shop)))
    refused = await counter(shop).send_parcel(order["id"], (goods_lines(order)[0]["id"], quantity))
    problem(refused, 422, "invalid")


async def test_lines_of_a_parcel_are_the_orders_own_each_once(buyer, counter, make_shop, make_goods):
    """A line of another order is not there, a shipping fee is not sent, and a line is named once."""
    shop = await make_shop(shipping_fee=500)
    goods, desk = await make_goods(shop), counter(shop)
    order, other = await buyer.bought(of(goods, 2)), await buyer.bought(of(goods))
    own, foreign = goods_lines(order)[0]["id"], goods_lines(other)[0]["id"]
    fee = next(line["id"] for line in order["lines"] if line["kind"] == "shipping")
    problem(await desk.send_parcel(order["id"], (foreign, 1)), 404, "line_not_found")
    problem(await desk.send_parcel(order["id"], (fee, 1)), 404, "line_not_found")
    problem(await desk.send_parcel(order["id"], (own, 1), (own, 1)), 422, "line_twice")
    assert await state_of(order) == "paid"


async def test_the_same_parcel_twice_is_one_parcel(buyer, counter, make_shop, make_goods):
    """A tracking number that the order has already is refused under a new key, and replayed under the old one."""
    shop = await make_shop()
    goods, desk = await make_goods(shop, stock=9), counter(shop)
    order = await buyer.bought(of(goods, 3))
    line = goods_lines(order)[0]["id"]
    body = {"carrier": "SF", "tracking_number": "SF1", "lines": [{"line_id": line, "quantity": 1}]}
    first = ok(await desk.api.post(desk.path(order["id"], "/parcels"), body, key="a parcel of ours"), 201)
    assert ok(await desk.api.post(desk.path(order["id"], "/parcels"), body, key="a parcel of ours"), 201) == first
    problem(await desk.api.post(desk.path(order["id"], "/parcels"), body), 409, "parcel_exists")
    assert await stock(goods) == (8, 2)


async def test_what_is_not_paid_is_not_sent(buyer, counter, make_shop, make_goods):
    """Placed and cancelled orders cannot be sent, completed or received."""
    shop = await make_shop()
    placed, desk = await buyer.place(of(await make_goods(shop))), counter(shop)
    order = placed["orders"][0]
    for _ in range(2):
        problem(await desk.send_parcel(order["id"]), 409, "order_state")
        problem(await desk.complete(order["id"]), 409, "units_to_ship")
        problem(await buyer.api.post(receive_path(order), key=""), 409, "order_state")
        ok(await buyer.cancel(placed["id"]))


async def test_another_stores_staff_reading_an_order(buyer, counter, make_shop, make_goods, make_member):
    """Another store's owner gets 404 under their own store and 403 under this one; so do staff without the right."""
    shop, other = await make_shop(), await make_shop()
    order = await buyer.bought(of(await make_goods(shop)))
    theirs, intruder = counter(other), counter(shop, other.owner)
    reader = counter(shop, await make_member(shop, "orders.read"))
    for desk, status, code in ((theirs, 404, "order_not_found"), (intruder, 403, "forbidden")):
        problem(await desk.api.get(desk.path(order["id"])), status, code)
    for desk, status, code in (
        (theirs, 404, "order_not_found"),
        (intruder, 403, "forbidden"),
        (reader, 403, "forbidden"),
    ):
        problem(await desk.send_parcel(order["id"]), status, code)
        problem(await desk.complete(order["id"]), status, code)
        problem(await desk.send_refund(order["id"]), status, code)
    assert (await reader.order(order["id"]))["buyer_id"] == str(buyer.person.id)
    assert ok(await theirs.api.get(f"{other.path}/staff/orders"))["items"] == []
    assert await state_of(order) == "paid"


async def test_receiving_twice_changes_nothing(buyer, counter, make_shop, make_goods):
    """The second word of arrival is answered like the first; a parcel of another order is not there."""
    shop = await make_shop()
    goods, desk = await make_goods(shop), counter(shop)
    order, other = await buyer.bought(of(goods)), await buyer.bought(of(goods))
    problem(await buyer.api.post(receive_path(order), key=""), 409, "order_state")
    for each in (order, other):
        await desk.ship(each["id"])
    foreign = (await buyer.order(other["id"]))["parcels"][0]["id"]
    problem(await buyer.api.post(receive_path(order, foreign), key=""), 404, "parcel_not_found")
    first = ok(await buyer.api.post(receive_path(order), key=""))
    assert ok(await buyer.api.post(receive_path(order), key="")) == first
    assert [(event["kind"], event["to_state"]) for event in first["history"]] == [
        ("placed", "placed"),
        ("pay", "paid"),
        ("fulfil", "fulfilling"),
        ("shipped", "fulfilling"),
        ("received", "fulfilling"),
        ("complete", "completed"),
    ]


async def test_staff_complete_what_is_all_sent(buyer, counter, make_shop, make_goods):
    """Staff cannot close an order with units still to send; when all are sent they can, and again changes nothing."""
    shop = await make_shop()
    desk = counter(shop)
    order = await buyer.bought(of(await make_goods(shop), 2))
    line = goods_lines(order)[0]["id"]
    problem(await desk.complete(order["id"]), 409, "units_to_ship")
    await desk.ship(order["id"], (line, 1))
    problem(await desk.complete(order["id"]), 409, "units_to_ship")
    await desk.ship(order["id"])
    done = ok(await desk.complete(order["id"]))
    assert done["state"] == "completed"
    assert ok(await desk.complete(order["id"])) == done


async def test_parcels_that_nobody_confirms_arrive_by_themselves(clock, mall, buyer, counter, make_shop, make_goods):
    """After fifteen days on the way every parcel counts as arrived; the order completes if nothing is left."""
    shop = await make_shop()
    goods, desk = await make_goods(shop), counter(shop)
    whole, half = await buyer.bought(of(goods)), await buyer.bought(of(goods, 2))
    await desk.ship(whole["id"])
    await desk.ship(half["id"], (goods_lines(half)[0]["id"], 1))
    clock.move(timedelta(seconds=mall.settings.receive_ttl - 60))
    await receive_overdue(mall)
    assert await state_of(whole) == "fulfilling"
    clock.move(timedelta(seconds=120))
    assert await receive_overdue(mall) >= 2
    assert (await state_of(whole), await state_of(half)) == ("completed", "fulfilling")
    assert await db.fetch_value("SELECT bool_and(received_at IS NOT NULL) FROM parcel WHERE order_id = $1", half["id"])
    assert await receive_overdue(mall) == 0


async def test_one_order_that_waits_stops_no_other_from_arriving(clock, mall, buyer, counter, make_shop, make_goods):
    """An order that cannot complete is passed over by the sweep; those after it complete."""
    shop = await make_shop()
    goods, desk = await make_goods(shop), counter(shop)
    waiting, free = await buyer.bought(of(goods)), await buyer.bought(of(goods))
    for order in (waiting, free):
        await desk.ship(order["id"])
    await block(waiting, "complete")
    clock.move(timedelta(seconds=mall.settings.receive_ttl + 60))
    await receive_overdue(mall)
    assert (await state_of(waiting), await state_of(free)) == ("fulfilling", "completed")
    await unblock(waiting)
    await receive_overdue(mall)
    assert await state_of(waiting) == "completed"


async def test_a_sub_state_blocks_the_transitions_that_it_names(buyer, counter, make_shop, make_goods):
    """While an order waits it is neither sent, in the first parcel or a later one, nor refunded to its end."""
    shop = await make_shop()
    goods, desk = await make_goods(shop, stock=9), counter(shop)
    order = await buyer.bought(of(goods, 3))
    line = goods_lines(order)[0]["id"]
    await block(order, "fulfil", "void")
    assert problem(await desk.send_parcel(order["id"]), 409, "order_blocked")["block"] == "party:waiting"
    problem(await desk.send_refund(order["id"]), 409, "order_blocked")
    assert (await state_of(order), await stock(goods)) == ("paid", (9, 3))
    await unblock(order)
    await desk.ship(order["id"], (line, 1))
    await block(order, "fulfil", "complete")
    problem(await desk.send_parcel(order["id"], (line, 1)), 409, "order_blocked")
    assert await stock(goods) == (8, 2)
    await unblock(order)
    await desk.ship(order["id"])
    await block(order, "complete")
    problem(await buyer.api.post(receive_path(order), key=""), 409, "order_blocked")
    problem(await desk.complete(order["id"]), 409, "order_blocked")
    assert (await desk.order(order["id"]))["parcels"][0]["received_at"] is None


async def sent_at_once(mall, order, count) -> list[object]:
    """Parcels of all three units of an order, sent by several hands at the same time."""
    line = UUID(goods_lines(order)[0]["id"])
    store = await db.fetch_value("SELECT store_id FROM shop_order WHERE id = $1", order["id"])
    return await asyncio.gather(
        *(
            fulfilment.ship(
                mall, store, UUID(order["id"]), Actor("staff"), carrier="SF", tracking_number=f"N{i}",
                units=[Shipped(line, 3)],
            )
            for i in range(count)
        ),
        return_exceptions=True,
    )  # fmt: skip


async def test_units_sent_by_several_hands_at_once_leave_once(mall, buyer, make_shop, make_goods):
    """Of six parcels with all units of an order, made at once, one is sent."""
    goods = await make_goods(await make_shop(), stock=9)
    order = await buyer.bought(of(goods, 3))
    results = await sent_at_once(mall, order, 6)
    assert sum(isinstance(result, UUID) for result in results) == 1
    assert all(isinstance(result, UUID | Conflict) for result in results)
    assert await stock(goods) == (6, 0)


async def test_the_lists_are_by_owner_and_by_page(buyer, counter, make_shop, make_goods):
    """Orders are listed newest first, page by page, by state, and for staff by a number as it was read out."""
    shop = await make_shop()
    goods, desk = await make_goods(shop), counter(shop)
    orders = [(await buyer.place(of(goods)))["orders"][0] for _ in range(2)] + [await buyer.bought(of(goods))]
    first = ok(await buyer.api.get("/api/orders", params={"limit": 2}))
    rest = ok(await buyer.api.get("/api/orders", params={"limit": 2, "cursor": first["next_cursor"]}))
    assert [order["id"] for order in first["items"] + rest["items"]] == [order["id"] for order in reversed(orders)]
    assert rest["next_cursor"] is None
    paid = ok(await desk.api.get(f"{shop.path}/staff/orders", params={"state": "paid"}))
    assert [order["id"] for order in paid["items"]] == [orders[2]["id"]]
    said = orders[1]["number"].lower().replace("-", " ")
    found = ok(await desk.api.get(f"{shop.path}/staff/orders", params={"number": said}))
    assert [order["id"] for order in found["items"]] == [orders[1]["id"]]
    problem(await desk.api.get(f"{shop.path}/staff/orders", params={"number": "261124-1"}), 422, "order_number_invalid")
    assert (await buyer.api.get("/api/orders", params={"state": "lost"})).status_code == 422


async def test_idempotency_replay_not_keyed_by_store_shows_another_stores_order(buyer, counter, make_shop, make_goods):
    """Somebody who works for two stores and sends the same key and body to both gets each store's own answer."""
    shops = [await make_shop(), await make_shop()]
    orders = [await buyer.bought(of(await make_goods(shop))) for shop in shops]
    await db.execute("UPDATE store_member SET account_id = $2 WHERE store_id = $1", shops[1].id, shops[0].owner.id)
    body, answers = {"carrier": "SF", "tracking_number": "1"}, []
    for shop, order in zip(shops, orders, strict=True):
        desk = counter(shop, shops[0].owner)
        sent = await desk.api.post(desk.path(order["id"], "/parcels"), body, key="the same key in both")
        answers.append(ok(sent, 201)["store"]["slug"])
        assert "Idempotency-Replayed" not in sent.headers
    assert answers == [shop.slug for shop in shops]
