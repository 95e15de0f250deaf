"""Which goods a scope covers."""

from __future__ import annotations

from uuid import uuid4

import pytest
from galleria_coupons.terms import CouponScope

from .build import campaign, line


def test_an_empty_scope_covers_everything():
    """Nothing named, nothing excluded."""
    assert CouponScope().covers(line())
    assert CouponScope().is_all


@pytest.mark.parametrize("name", ["product_ids", "sku_ids", "category_ids"])
def test_what_is_named_is_covered_and_nothing_else(name):
    """By product, by SKU, by any of its categories."""
    category = uuid4()
    goods = line(category_ids=(uuid4(), category))
    own = {"product_ids": goods.product_id, "sku_ids": goods.sku_id, "category_ids": category}[name]
    assert CouponScope(**{name: frozenset({own})}).covers(goods)
    assert not CouponScope(**{name: frozenset({uuid4()})}).covers(goods)


@pytest.mark.parametrize("name", ["product_ids", "sku_ids", "category_ids"])
def test_what_is_excluded_is_not_covered_though_it_is_named(name):
    """An exclusion is stronger than a name, and by itself leaves all other goods in."""
    category = uuid4()
    goods = line(category_ids=(category,))
    own = {"product_ids": goods.product_id, "sku_ids": goods.sku_id, "category_ids": category}[name]
    excluded = {f"excluded_{name}": frozenset({own})}
    assert not CouponScope(**excluded).covers(goods)
    assert not CouponScope(product_ids=frozenset({goods.product_id}), **excluded).covers(goods)
    assert CouponScope(**excluded).covers(line())


@pytest.mark.parametrize(("share", "funder"), [(0, "store"), (1, "platform"), (1_000_000, "platform")])
def test_who_bears_a_share_is_a_funder(share, funder):
    """The platform funds what it bears any part of."""
    assert campaign(platform_share_ppm=share).funder == funder
