"""A person reads why a price is what it is: of a cart, of a quote, of an order."""

from __future__ import annotations

import pytest
from galleria.core.plugin_api import Amount, Offer, Per, Percent, Phase, Threshold
from galleria.core.testing.client import ok, problem
from galleria.core.testing.factories import enable_plugin
from galleria.core.testing.inline import inline_plugin, unique_name

from .buying import ADDRESS


async def propose_offers(ctx):
    return [
        Offer(
            code="tenth",
            label="Spring sale",
            offer_class="reduction",
            phase=Phase.ORDER_DISCOUNT,
            effect=Percent(100_000),
        ),
        Offer(
            code="big",
            label="30 off 300",
            offer_class="reduction",
            phase=Phase.ORDER_DISCOUNT,
            effect=Amount(3000, Per.ONCE),
            threshold=Threshold(30_000),
        ),
    ]


@pytest.fixture
async def sale(mall_with, make_shop, make_goods, make_person):
    """A shop with a plugin that takes a tenth off: the caller's client, goods of 20.00, and the shop's owner."""
    name = unique_name()
    mall, api = mall_with(inline_plugin(name, propose_offers))
    goods = await make_goods(await make_shop(), prices=[2000])
    await enable_plugin(mall, name, goods.shop)
    return api, api.acting_as(await make_person()), goods


def texts(answer):
    return [each["text"] for each in answer["sentences"]]


async def test_a_cart_is_explained(sale):
    """Each row, what was taken off it and by what, and what is missing for the offer that does not apply."""
    _, client, goods = sale
    ok(await client.post("/api/cart/lines", {"sku_id": str(goods.sku), "quantity": 2}), 201)
    answer = ok(await client.having(accept_language="en").get("/api/cart/quote/explain"), 200)
    told = " | ".join(texts(answer))
    assert "Spring sale" in told
    assert "40.00" in told
    assert "36.00" in told
    assert "264.00" in told or "260.00" in told
    kinds = [each["kind"] for each in answer["sentences"]]
    assert {"line", "adjustment", "refused", "total"} <= set(kinds)


async def test_a_quote_without_a_cart_is_explained_in_chinese(sale):
    """Sentences are in the caller's language."""
    _, client, goods = sale
    body = {"lines": [{"sku_id": str(goods.sku), "quantity": 1}]}
    answer = ok(await client.having(accept_language="zh-CN").post("/api/checkouts/preview/explain", body, key=""), 200)
    assert any("商品" in text for text in texts(answer))


async def test_an_order_keeps_why_it_cost_what_it_cost(sale, make_person):
    """The explanation is that of the placing, for its buyer and its store's staff, and for nobody else."""
    api, client, goods = sale
    address = ok(await client.post("/api/me/addresses", ADDRESS), 201)["id"]
    body = {
        "lines": [{"sku_id": str(goods.sku), "quantity": 1}],
        "address_id": address,
        "expected_total": {"amount": 1800, "currency": "CNY"},
    }
    order = ok(await client.post("/api/checkouts", body), 201)["orders"][0]["id"]
    mine = ok(await client.having(accept_language="en").get(f"/api/orders/{order}/quote/explain"), 200)
    assert "Spring sale" in " ".join(texts(mine))
    path = f"{goods.shop.path}/staff/orders/{order}/quote/explain"
    owner = api.acting_as(goods.shop.owner).having(accept_language="en")
    assert texts(ok(await owner.get(path), 200)) == texts(mine)
    stranger = api.acting_as(await make_person())
    problem(await stranger.get(f"/api/orders/{order}/quote/explain"), 404, "order_not_found")
    problem(await stranger.get(path), 403, "forbidden")
