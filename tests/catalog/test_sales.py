from __future__ import annotations

import asyncio

from galleria.core.catalog.service import count_sold
from galleria.core.catalog.tables import Product


async def sold(goods):
    return await Product.select(Product.sold).where(Product.id == goods.id).first().run()


async def test_units_of_one_product_add_up(make_shop, make_goods):
    """A product that is named twice gets both counts."""
    goods = await make_goods(await make_shop())
    await count_sold([(goods.id, 2), (goods.id, 3)])
    assert (await sold(goods))["sold"] == 5


async def test_units_that_came_back_never_make_the_count_negative(make_shop, make_goods):
    """Taking back more than was counted leaves zero."""
    goods = await make_goods(await make_shop())
    await count_sold([(goods.id, 2)])
    await count_sold([(goods.id, -5)])
    assert (await sold(goods))["sold"] == 0


async def test_nothing_sold_is_no_statement():
    """An empty list is accepted."""
    await count_sold([])


async def test_counts_at_the_same_time_are_all_kept(make_shop, make_goods):
    """Twenty callers that name the same products in opposite orders lose no unit and none fails."""
    shop = await make_shop()
    one, other = await make_goods(shop), await make_goods(shop)
    pairs = [[(one.id, 1), (other.id, 1)], [(other.id, 1), (one.id, 1)]]
    await asyncio.gather(*(count_sold(pairs[turn % 2]) for turn in range(20)))
    assert [(await sold(goods))["sold"] for goods in (one, other)] == [20, 20]
