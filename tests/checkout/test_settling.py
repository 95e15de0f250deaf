from __future__ import annotations

from uuid import UUID

import pytest
from galleria.core.checkout.settling import settle
from galleria.core.errors import GalleriaError
from galleria.core.storage import db
from galleria.core.testing.client import ok

from .buying import capture, of, stock
from .offering import a_tenth_off, bought


async def test_settling_twice_changes_nothing(mall, buyer, make_shop, make_goods):
    """The fact of a payment may arrive again: the orders are paid once, and count as sold once."""
    goods = await make_goods(await make_shop())
    paid = await buyer.buy(of(goods, 2))
    await settle(mall, paid["id"], paid["payment_id"])
    history = (await buyer.order(paid["orders"][0]["id"]))["history"]
    assert [event["kind"] for event in history] == ["placed", "pay"]
    assert await db.fetch_value("SELECT sold FROM product WHERE id = $1", goods.id) == 2


async def test_the_money_of_a_checkout_becomes_its_stores(mall, make_person, make_shop, make_goods):
    """A paid checkout over two stores leaves nothing in the mall's clearing account: each store has its order's due."""
    goods = [await make_goods(await make_shop(), prices=(price,)) for price in (1999, 333)]
    draft = await bought(mall, (await make_person()).id, [(each.sku, 2) for each in goods], a_tenth_off)
    sql = "SELECT account, store_id, sum(amount)::bigint FROM ledger_entry WHERE payment_id = $1 GROUP BY 1, 2"
    balances = {(row[0], row[1]): row[2] for row in await db.fetch(sql, draft.payment_id)}
    assert balances[("clearing", None)] == 0
    dues = {order.store_id: order.due for order in draft.orders}
    assert {store_id: -sum_ for (account, store_id), sum_ in balances.items() if account == "store"} == dues
    assert sum(dues.values()) == draft.due


async def test_units_stay_held_between_order_and_payment_and_after_it(buyer, make_shop, make_goods):
    """Whoever places an order has its units from then on: nobody pays first and is told later that they are gone."""
    goods = await make_goods(await make_shop(), stock=1)
    placed = await buyer.place(of(goods))
    assert [line["reason"] for line in (await buyer.preview(of(goods)))["unavailable"]] == ["out_of_stock"]
    hold = "SELECT h.expires_at FROM stock_hold h WHERE h.sku_id = $1"
    assert await db.fetch_value(hold, goods.sku) is not None
    await capture(buyer.mall, placed["payment_id"])
    await buyer.mall.outbox.deliver(buyer.mall.now())
    assert await db.fetch_value(hold, goods.sku) is None
    assert await stock(goods) == (1, 1)


async def test_a_payment_of_a_cancelled_checkout_cannot_settle_it(mall, buyer, make_shop, make_goods):
    """A fact that says the impossible raises, and changes nothing."""
    placed = await buyer.place(of(await make_goods(await make_shop())))
    ok(await buyer.cancel(placed["id"]))
    with pytest.raises(GalleriaError, match="is cancelled, but its payment is paid"):
        await settle(mall, UUID(placed["id"]), UUID(placed["payment_id"]))
    assert (await buyer.checkout(placed["id"]))["state"] == "cancelled"
