"""What the fixtures for plugin authors do."""

from __future__ import annotations

import pytest
from galleria import hookspecs
from galleria.core.plugin_api import Amount, Body, Offer, Per, Phase
from galleria.core.plugins.manager import PluginManager
from galleria.core.testing.client import ok, problem
from galleria.core.testing.factories import enable_plugin
from galleria.core.testing.inline import unique_name
from galleria.core.testing.shopping import Cart, make_shopper


@pytest.fixture
def voucher(inline):
    """A plugin that takes off what it is asked for."""

    async def propose_offers(ctx, request):
        return [
            Offer(
                code=ask.reference,
                label="券",
                offer_class="coupon",
                phase=Phase.ORDER_DISCOUNT,
                effect=Amount(ask.amount, Per.ONCE),
            )
            for ask in request.asks
        ]

    return inline(unique_name("voucher"), propose_offers)


async def test_a_cart_is_filled_and_placed(cart, store, make_goods):
    """`add`, `view`, `quote` and `place` go through the API."""
    goods = await make_goods(store, prices=[1999])
    assert (await cart.add(goods.sku, 2))["totals"]["total"]["amount"] == 3998
    assert (await cart.view())["stores"][0]["store"]["slug"] == store.slug
    assert (await cart.quote())["totals"]["due"]["amount"] == 3998
    problem(await cart.try_to_place(3997), 409, "total_changed")
    placed = await cart.place(3998)
    assert placed["state"] == "placed"
    await cart.shopper.pay(placed)
    (order,) = await cart.shopper.orders(placed)
    assert order["state"] == "paid"


async def test_a_cart_asks_a_plugin(mall_with, voucher, store, shopper, make_goods):
    """An inline plugin prices in the process that has it, and is asked by the cart."""
    mall, api = mall_with(voucher)
    goods = await make_goods(store, prices=[1999])
    await enable_plugin(mall, voucher.name, store)
    cart = Cart(await make_shopper(mall, api, shopper.person))
    await cart.add(goods.sku)
    await cart.ask(voucher.name, "A", store, 100)
    shown = await cart.ask(voucher.name, "B", store, 50)
    assert shown["totals"]["discounts"]["amount"] == 150
    assert (await cart.place())["total"]["amount"] == 1849


async def test_a_process_has_settings_of_its_own(mall, mall_with):
    """What is named differs; the database, the clock and the rest are the same."""
    other, api = mall_with(hook_deadline=0.25)
    assert other.settings.hook_deadline == 0.25
    assert other.settings.database_url == mall.settings.database_url
    assert other.clock is mall.clock
    ok(await api.get("/api/payments/providers"))


def test_an_inline_plugin_requires_the_groups_of_its_hooks(mall, inline):
    """Its functions are found by name, marked or not, and its PluginInfo takes any field."""

    class Terms(Body):
        amount: int = 1

    async def claim_orders(ctx, orders):
        return {}

    async def after_order_paid(fact):
        return None

    name = unique_name()
    made = inline(name, claim_orders, after_order_paid, version="2.1", settings=Terms, takes_part="every")
    assert made.info.requires == {"startup": 1, "checkout": 1, "orders": 1}
    assert (made.version, made.info.settings, made.info.takes_part) == ("2.1", Terms, "every")
    manager = PluginManager(mall.settings, hookspecs, [made])
    assert [each.function for each in manager.implementations["claim_orders"]] == [claim_orders]
