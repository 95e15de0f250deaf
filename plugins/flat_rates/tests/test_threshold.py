from __future__ import annotations

import pytest
from galleria.core.plugin_api import Amount, Offer, Per, Phase
from galleria.core.testing import factories
from galleria.core.testing.client import Api
from galleria.core.testing.inline import inline_plugin, unique_name

from .conftest import Buyer


async def propose_offers():
    """5.00 off everything."""
    effect = Amount(500, Per.ONCE)
    return [Offer(code="o", label="立减", offer_class="coupon", phase=Phase.ORDER_DISCOUNT, effect=effect)]


@pytest.mark.parametrize(("price", "shipping"), [(9900, 800), (10_399, 800), (10_400, 0)])
async def test_the_threshold_is_measured_after_discounts(processes, buyer, make_shop, make_goods, price, shipping):
    """With 5.00 off, goods must list at 104.00 to be sent free from 99.00 on: in the quote, and in the order."""
    reducing = inline_plugin(unique_name(), propose_offers)
    mall, api = processes.beside(reducing)
    goods = await make_goods(await make_shop(), prices=[price])
    await factories.enable_plugin(mall, "flat_rates", goods.shop, {"rate": 800, "free_from": 9900})
    await factories.enable_plugin(mall, reducing.name, goods.shop)
    here = Buyer(mall, Api(api.http, buyer.api.headers), buyer.address_id)
    order = await here.order(await here.place(goods))
    found = {name: order[name]["amount"] for name in ("discounts", "shipping", "total")}
    assert found == {"discounts": 500, "shipping": shipping, "total": price - 500 + shipping}
