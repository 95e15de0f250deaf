from __future__ import annotations

import pytest
from galleria.core.plugin_api import db
from galleria_purchase_rules.invariants import INVARIANTS

BREAKS = {
    "what a shopper has of a limit is the sum of what their orders have taken": (
        "UPDATE purchase_rules_counter SET used = used - 1 WHERE store_id = $1",
    ),
    "nobody has more of a limit than it allowed when they took it": (
        "ALTER TABLE purchase_rules_counter DROP CONSTRAINT purchase_rules_counter_used",
        "UPDATE purchase_rules_counter SET allowed = used - 1 WHERE store_id = $1",
    ),
    "what is counted under a limit is of its store": (
        "UPDATE purchase_rules_use SET store_id = gen_random_uuid() WHERE store_id = $1",
    ),
    "what is counted under a limit was ordered, by that shopper and in that quantity": (
        "UPDATE purchase_rules_use SET quantity = quantity + 1 WHERE store_id = $1",
    ),
}


class Undo(Exception):
    """Rolls back what the test has broken."""


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda each: each.name)
async def test_each_invariant_sees_its_fault(buyer, ruled, make_goods, invariant):
    """Rows that break a rule are found by the statement that says it, and were not there before."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    await staff.limit(goods, 3)
    await buyer.place((goods, 2))
    assert await db.fetch(invariant.sql) == []
    with pytest.raises(Undo):
        async with db.transaction():
            for sql in BREAKS[invariant.name]:
                await db.execute(sql, *([staff.shop.id] if "$1" in sql else []))
            assert await db.fetch(invariant.sql)
            raise Undo
