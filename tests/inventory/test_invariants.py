from __future__ import annotations

from datetime import timedelta

import pytest
from galleria.core.ids import new_id
from galleria.core.inventory import service
from galleria.core.inventory.invariants import INVARIANTS
from galleria.core.storage import db

BREAKS = {
    "each stock level is the sum of its movements": "UPDATE stock_level SET on_hand = on_hand + 1 WHERE sku_id = $1",
    "held units are the open units of holds": "UPDATE stock_hold SET quantity = quantity + 1 WHERE sku_id = $1",
    "the counts of a hold are the sums of its movements": "UPDATE stock_hold SET released = 1 WHERE sku_id = $1",
    "no stock is negative, and what is held is on hand": "UPDATE stock_level SET on_hand = 0 WHERE sku_id = $1",
    "stock lies at a location of its own store": "UPDATE stock_level SET store_id = id WHERE sku_id = $1",
    "no hold is open 15 minutes after its expiry": "UPDATE stock_hold SET expires_at = now() - interval '1 day' "
    "WHERE sku_id = $1",
    "no stock lies at a location that is out of use": "UPDATE location SET active = false WHERE id = "
    "(SELECT location_id FROM stock_level WHERE sku_id = $1)",
}


def test_every_invariant_has_a_way_to_break_it():
    """Each rule below is tried against rows that break it."""
    assert set(BREAKS) == {invariant.name for invariant in INVARIANTS}


class Undo(Exception):
    """Ends a transaction whose rows are to vanish."""


@pytest.mark.parametrize("name", BREAKS)
async def test_a_broken_rule_is_found(name, make_shop, make_goods, request_for, hold, broken):
    """Rows that break a rule are reported under its name; the rows before were whole."""
    goods = await make_goods(await make_shop(), stock=5)
    await hold([request_for(goods, 2)])
    found: list[set[str]] = []

    @db.atomic
    async def break_and_look():
        found.append(await broken(goods))
        await db.execute("ALTER TABLE stock_level DROP CONSTRAINT stock_level_covered")
        await db.execute(BREAKS[name], goods.sku)
        found.append(await broken(goods))
        raise Undo

    with pytest.raises(Undo):
        await break_and_look()
    assert found[0] == set()
    assert name in found[1]


async def test_an_expired_hold_has_fifteen_minutes_of_grace(make_shop, make_goods, request_for, mall, broken):
    """A hold that expired a minute ago is still somebody's work to do; later it is a violation."""
    goods, now = await make_goods(await make_shop()), mall.now()
    wanted = request_for(goods)
    await service.hold([(new_id(), [wanted])], expires_at=now - timedelta(minutes=1), now=now)
    assert await broken(goods) == set()
    late = {"no hold is open 15 minutes after its expiry"}
    assert await broken(goods, now + timedelta(minutes=15)) == late
    await service.release([wanted.owner], now=now)
    assert await broken(goods, now + timedelta(minutes=15)) == set()
