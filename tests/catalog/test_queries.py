from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.catalog.queries import changed_prices, sellable
from galleria.core.catalog.tables import Product, Sku


async def test_a_sku_comes_with_what_its_product_says(make_shop, make_goods):
    """A sellable SKU carries the product's name and state and the SKU's own price and revision."""
    goods = await make_goods(await make_shop(), prices=[700, 900])
    found = (await sellable(goods.skus))[goods.skus[1]]
    assert (found.product_id, found.store_id, found.price, found.price_revision) == (goods.id, goods.shop.id, 900, 1)
    assert (found.state, found.active, found.options, found.extra) == ("on_sale", True, {}, {})
    assert found.name["en"].startswith("Product ")
    assert (found.image_url, found.store_category_ids, found.brand_id, found.category_id) == ("", [], None, None)


async def test_the_first_image_is_the_skus_image(make_shop, make_goods):
    """`image_url` is the first of the product's images."""
    goods = await make_goods(await make_shop())
    await Product.update({Product.image_urls: ["/a.webp", "/b.webp"]}).where(Product.id == goods.id)
    assert (await sellable([goods.sku]))[goods.sku].image_url == "/a.webp"


async def test_unknown_skus_are_left_out_and_those_off_sale_are_not(make_shop, make_goods):
    """A SKU that never existed is absent; one that is off sale is there and says so."""
    goods = await make_goods(await make_shop(), state="off_sale")
    found = await sellable([goods.sku, uuid4()])
    assert list(found) == [goods.sku]
    assert found[goods.sku].state == "off_sale"


async def test_nothing_is_asked_and_nothing_is_found():
    """No SKUs, no rows."""
    assert await sellable([]) == {}
    assert await changed_prices([]) == set()


async def test_a_price_at_its_revision_has_not_changed(make_shop, make_goods):
    """A SKU on sale at the revision that was seen is not among the changed ones."""
    goods = await make_goods(await make_shop())
    assert await changed_prices([(goods.sku, 1)]) == set()
    assert await changed_prices([(goods.sku, 2)]) == {goods.sku}


@pytest.mark.parametrize("change", ["revision", "inactive", "off_sale", "gone"])
async def test_whatever_ends_the_sale_at_that_price_is_a_change(make_shop, make_goods, change):
    """A new revision, an inactive SKU, a product off sale and an unknown SKU all count as changed."""
    goods = await make_goods(await make_shop())
    sku = uuid4() if change == "gone" else goods.sku
    if change == "revision":
        await Sku.update({Sku.price_revision: 2}).where(Sku.id == sku)
    if change == "inactive":
        await Sku.update({Sku.active: False}).where(Sku.id == sku)
    if change == "off_sale":
        await Product.update({Product.state: "off_sale"}).where(Product.id == goods.id)
    assert await changed_prices([(sku, 1)]) == {sku}
