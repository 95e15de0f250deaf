from __future__ import annotations

from galleria.core.testing.client import ok

from .buying import capture, goods_lines, of, stock


async def test_a_purchase_from_the_cart_to_the_last_refund(api, mall, buyer, counter, make_shop, make_goods, deliver):
    """What is in the cart is previewed, placed, paid, sent, received and refunded, to the last minor unit."""
    shop = await make_shop(shipping_fee=600)
    goods = await make_goods(shop, prices=(1999,), stock=5)
    ok(await buyer.api.post("/api/cart/lines", of(goods, 2)), 201)
    quote = await buyer.preview()
    assert quote["totals"]["total"] == {"amount": 4598, "currency": "CNY"}
    assert await stock(goods) == (5, 0)
    placed = await buyer.place()
    assert placed["state"] == "placed"
    assert await stock(goods) == (5, 2)
    assert ok(await buyer.api.get("/api/cart"))["stores"] == []
    await capture(mall, placed["payment_id"])
    await deliver()
    paid = await buyer.checkout(placed["id"])
    assert (paid["state"], paid["orders"][0]["state"]) == ("paid", "paid")
    order_id, desk = paid["orders"][0]["id"], counter(shop)
    assert (await desk.ship(order_id))["state"] == "fulfilling"
    assert await stock(goods) == (3, 0)
    received = ok(await buyer.api.post(f"/api/orders/{order_id}/receive", key=""))
    assert received["state"] == "completed"
    refunded = await desk.refund(order_id, restock=True)
    assert refunded["refunded"] == refunded["total"] == {"amount": 4598, "currency": "CNY"}
    assert {line["refunded"] for line in goods_lines(refunded)} == {2}
    assert await stock(goods) == (5, 0)
