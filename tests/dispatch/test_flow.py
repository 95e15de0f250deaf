"""From an offer to a claim to the facts, by a plugin that is made here."""

from __future__ import annotations

from uuid import UUID

from galleria.core.plugin_api import Amount, Offer, Per, Phase, Refusal, hookimpl
from galleria.core.testing.client import ok, problem
from galleria.core.testing.factories import enable_plugin

from ..plugins.inline import plugin
from .buying import buy


def rebate(name, heard, *, refuse=False, **info):
    """1.00 off everything."""

    @hookimpl
    async def propose_offers(ctx, request):
        return [
            Offer(
                code="rebate", label="立减", offer_class="activity", phase=Phase.ORDER_DISCOUNT,
                effect=Amount(100, Per.ONCE),
            )
        ]  # fmt: skip

    @hookimpl
    async def claim_orders(ctx, orders):
        heard.append(("claim", ctx.store_id, [order.id for order in orders], len(orders[0].adjustments)))
        return {order.id: Refusal(code="gone", detail="没有了") for order in orders} if refuse else {}

    @hookimpl
    async def after_order_placed(ctx, fact):
        heard.append(("placed", ctx.store_id, fact.order.id, [each.amount for each in fact.order.adjustments]))

    @hookimpl
    async def after_order_cancelled(ctx, fact):
        heard.append(("cancelled", ctx.store_id, fact.order.id, fact.reason))

    return plugin(
        name,
        requires={"startup": 1, "pricing": 1, "checkout": 1, "orders": 1},
        info=info,
        propose_offers=propose_offers,
        claim_orders=claim_orders,
        after_order_placed=after_order_placed,
        after_order_cancelled=after_order_cancelled,
    )


async def test_an_offer_is_priced_claimed_and_told_of(running, name, make_shop, make_goods, make_person):
    """An order with a plugin's offer costs less; the plugin claims it once and is told when it is cancelled."""
    heard = []
    mall, api = await running(rebate(name, heard))
    goods = await make_goods(await make_shop(), prices=[1999])
    client = api.acting_as(await make_person())
    await enable_plugin(mall, name, goods.shop)
    problem(await buy(client, goods.sku, 1999), 409, "total_changed")
    placed = ok(await buy(client, goods.sku, 1899), 201)
    order = UUID(placed["orders"][0]["id"])
    ok(await client.post(f"/api/checkouts/{placed['id']}/cancel", {}), 200)
    await mall.outbox.deliver(mall.now())
    assert heard == [
        ("claim", goods.shop.id, [order], 1),
        ("placed", goods.shop.id, order, [-100]),
        ("cancelled", goods.shop.id, order, "changed_mind"),
    ]


async def test_a_refused_claim_leaves_nothing(running, name, make_shop, make_goods, make_person):
    """A checkout whose claim is refused is answered with the plugin's code, and nothing of it is written."""
    mall, api = await running(rebate(name, [], refuse=True))
    goods = await make_goods(await make_shop(), prices=[1999])
    client = api.acting_as(await make_person())
    await enable_plugin(mall, name, goods.shop)
    found = problem(await buy(client, goods.sku, 1899), 409, "claim_refused")
    assert found["errors"][0]["code"] == f"{name}:gone"
    assert ok(await client.get("/api/orders"), 200)["items"] == []
