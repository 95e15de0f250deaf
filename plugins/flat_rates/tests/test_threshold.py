from __future__ import annotations

from types import ModuleType

import httpx
import pytest
from galleria.app import build_mall, create_app
from galleria.core.plugin_api import Amount, Offer, Per, Phase, PluginInfo, hookimpl
from galleria.core.plugins.metadata import from_module
from galleria.core.storage import piccolo_conf
from galleria.core.testing import factories
from galleria.core.testing.client import Api

from .conftest import Buyer


@hookimpl
async def propose_offers():
    """5.00 off everything."""
    effect = Amount(500, Per.ONCE)
    return [Offer(code="o", label="立减", offer_class="coupon", phase=Phase.ORDER_DISCOUNT, effect=effect)]


@pytest.fixture
async def reducing(mall):
    """The mall with one more plugin, which reduces orders."""
    module = ModuleType("galleria_reducing")
    module.PLUGIN = PluginInfo(label={"en": "Reducing"}, requires={"pricing": 1})
    module.propose_offers = propose_offers
    plugin = from_module("reducing", module, "galleria-reducing", "1.0")
    made = build_mall(mall.settings, plugins=[*mall.plugins.plugins, plugin], clock=mall.clock)
    transport = httpx.ASGITransport(create_app(made))
    async with httpx.AsyncClient(transport=transport, base_url="http://mall.test") as http:
        yield made, Api(http)
    piccolo_conf.register_apps(mall.plugins.table_apps)
    await made.redis.aclose()


@pytest.mark.parametrize(("price", "shipping"), [(9900, 800), (10_399, 800), (10_400, 0)])
async def test_the_threshold_is_measured_after_discounts(
    reducing, buyer, make_shop, make_goods, enable_plugin, price, shipping
):
    """With 5.00 off, goods must list at 104.00 to be sent free from 99.00 on: in the quote, and in the order."""
    mall, api = reducing
    goods = await make_goods(await make_shop(), prices=[price])
    await enable_plugin("flat_rates", goods.shop, {"rate": 800, "free_from": 9900})
    await factories.enable_plugin(mall, "reducing", goods.shop)
    here = Buyer(mall, Api(api.http, buyer.api.headers), buyer.address_id)
    placed = await here.place(goods)
    order = await here.order(placed)
    found = {name: order[name]["amount"] for name in ("discounts", "shipping", "total")}
    assert found == {"discounts": 500, "shipping": shipping, "total": price - 500 + shipping}
