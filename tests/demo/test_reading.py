"""The demo's data files agree with themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
import pytest
from galleria.core.demo import reading
from galleria.core.demo.reading import CategoryData, ProductData, StoreData
from galleria.core.stores.permissions import CORE

STORES = [reading.store_data(name) for name in reading.mall_data().stores]
PRODUCTS = [(store, product) for store in STORES for product in store.products]


def slugs(categories: Iterable[CategoryData]) -> list[str]:
    return [slug for one in categories for slug in (one.slug, *slugs(one.children))]


def test_three_stores_of_twenty_products():
    """Three stores of different numbers and names have twenty products each."""
    assert [len(store.products) for store in STORES] == [20, 20, 20]
    assert len({store.number for store in STORES}) == len({store.slug for store in STORES}) == 3


@pytest.mark.parametrize(("store", "product"), PRODUCTS, ids=lambda value: getattr(value, "code", ""))
def test_a_product_refers_to_what_is_there(store: StoreData, product: ProductData):
    """Category, shelves and brand exist; a SKU has a value for each axis, no two have the same, and costs less."""
    mall = reading.mall_data()
    assert product.category in slugs(mall.categories)
    assert product.shelves
    assert set(product.shelves) <= set(slugs(store.categories))
    assert product.brand in ("", *(brand.slug for brand in mall.brands))
    assert set(product.name) == set(product.description) == {"zh-CN", "en"}
    options = [tuple(product.options(sku).items()) for sku in product.skus]
    assert len(set(options)) == len(options)
    assert all(0 < sku.cost < sku.price and sku.weight > 0 for sku in product.skus)


def test_codes_and_category_slugs_are_unique():
    """A product's code names it in the whole demo, a slug names a category in its whole tree."""
    assert len({product.code for _, product in PRODUCTS}) == 60
    for tree in (reading.mall_data().categories, *(store.categories for store in STORES)):
        assert max(Counter(slugs(tree)).values()) == 1


def test_orders_are_of_goods_that_can_be_sold():
    """Lines name SKUs on sale, no more of them than are in stock; refunds name lines; keys name one checkout."""
    stock = {
        product.sku_code(place): sku.stock if product.state == "on_sale" else 0
        for _, product in PRODUCTS
        for place, sku in enumerate(product.skus)
    }
    wanted: Counter[str] = Counter()
    shoppers = {shopper.email for shopper in reading.mall_data().shoppers}
    for order in reading.orders_data():
        wanted.update(order.lines)
        assert order.shopper in shoppers
        assert all(count <= order.lines[code] for code, count in order.refund.items())
        assert bool(order.refund) == ("refund" in order.steps)
    assert all(count <= stock[code] for code, count in wanted.items())
    assert max(Counter(order.key for order in reading.orders_data()).values()) == 1


def test_staff_have_permissions_that_there_are():
    """Every permission in the files is one of core's."""
    assert {name for store in STORES for staff in store.staff for name in staff.permissions} <= CORE


def test_a_misspelt_field_is_refused():
    """What nobody reads is an error, not a silent default."""
    with pytest.raises(msgspec.ValidationError, match="unknown field `prise`"):
        msgspec.convert({"prise": 1, "price": 1, "cost": 1, "weight": 1, "stock": 1}, reading.SkuData)
