from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.catalog.invariants import INVARIANTS
from galleria.core.storage import db

BREACHES = {
    "a product's lowest and highest price are those of its active SKUs": (
        "UPDATE product SET max_price = 7 WHERE id = $1"
    ),
    "a product on sale has an active SKU": "UPDATE sku SET active = false WHERE product_id = $1",
    "every category leads up to a root": "UPDATE category SET parent_id = id WHERE $1::uuid IS NOT NULL",
    "a category is of its parent's tree": (
        "INSERT INTO category (id, store_id, parent_id, slug, name, position, created_at) "
        "SELECT gen_random_uuid(), NULL, id, 'x', '{}', 0, now() FROM category "
        "WHERE store_id IS NOT NULL AND $1::uuid IS NOT NULL"
    ),
    "a product's category is the platform's": (
        "UPDATE product p SET category_id = (SELECT id FROM category WHERE store_id = p.store_id) WHERE id = $1"
    ),
    "a product's store categories are its store's": (
        "UPDATE product SET store_category_ids = ARRAY[gen_random_uuid()] WHERE id = $1"
    ),
}
KEPT_BY_THE_DATABASE = {"a SKU is of its product's store"}


class Undo(Exception):
    pass


def test_every_invariant_is_tried():
    """Each one has a breach below, or is a foreign key besides."""
    assert {one.name for one in INVARIANTS} == set(BREACHES) | KEPT_BY_THE_DATABASE


@pytest.mark.parametrize("name", BREACHES)
async def test_an_invariant_sees_its_breach(make_desk, mall, name):
    """Breaking the rule gives a row more than before."""
    desk = await make_desk()
    await desk.category("tea")
    product = await desk.product(skus=[{"code": uuid4().hex, "price": 5}], on_sale=True)
    [rule] = [one for one in INVARIANTS if one.name == name]
    with pytest.raises(Undo):
        async with db.transaction():
            before = len(await db.fetch(rule.sql))
            await db.execute(BREACHES[name], product["id"])
            assert len(await db.fetch(rule.sql)) > before
            raise Undo
