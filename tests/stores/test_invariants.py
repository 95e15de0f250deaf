from __future__ import annotations

import pytest
from galleria.core.storage import db
from galleria.core.stores.invariants import INVARIANTS

BREAKS = {
    "every store has an owner": ["UPDATE store_member SET revoked_at = now() WHERE store_id = $1"],
    "every store sends from a warehouse of its own that is in use": [
        "UPDATE store SET default_location_id = NULL WHERE id = $1",
        "UPDATE store SET default_location_id = id WHERE id = $1",
        "UPDATE location SET active = false WHERE store_id = $1",
        "UPDATE location SET kind = 'pool' WHERE store_id = $1",
    ],
}


def test_every_invariant_has_a_way_to_break_it():
    """Each rule below is tried against rows that break it."""
    assert set(BREAKS) == {invariant.name for invariant in INVARIANTS}


class Undo(Exception):
    """Ends a transaction whose rows are to vanish."""


@pytest.mark.parametrize(("name", "statement"), [(name, one) for name, many in BREAKS.items() for one in many])
async def test_a_broken_rule_is_found(name, statement, make_shop):
    """Rows that break a rule are reported under its name; the store was whole before."""
    shop = await make_shop()
    (rule,) = (invariant for invariant in INVARIANTS if invariant.name == name)
    found = []

    @db.atomic
    async def break_and_look():
        found.append([row["id"] for row in await db.fetch(rule.sql)])
        await db.execute(statement, shop.id)
        found.append([row["id"] for row in await db.fetch(rule.sql)])
        raise Undo

    with pytest.raises(Undo):
        await break_and_look()
    assert shop.id not in found[0]
    assert shop.id in found[1]
