from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from galleria.core.ids import new_id
from galleria.core.inventory import levels, service
from galleria.core.inventory.problems import StockChanged
from galleria.core.inventory.requests import HoldRequest
from galleria.core.storage import db

HOLD = "SELECT quantity, expires_at FROM stock_hold WHERE owner = $1"


async def test_a_hold_keeps_units_and_records_the_movement(make_shop, make_goods, request_for, hold, level):
    """Held units stay on hand but can no longer be sold; the journal says for whom."""
    goods = await make_goods(await make_shop(), stock=5)
    wanted = request_for(goods, 3)
    assert await hold([wanted]) == [None]
    place = (goods.sku, goods.shop.warehouse)
    assert await level(*place) == (5, 3)
    assert await service.available([place]) == {place: 2}
    moved = await db.fetch_row("SELECT kind, held_delta, cause FROM stock_movement WHERE owner = $1", wanted.owner)
    assert tuple(moved) == ("hold", 3, wanted.owner)


async def test_a_refused_group_says_what_is_left(make_shop, make_goods, request_for, hold, level):
    """The refusal names SKU, available and wanted units, and nothing of the group is written."""
    goods = await make_goods(await make_shop(), prices=[100, 200], stock=5)
    plenty, short = request_for(goods, 1), request_for(goods, 6, sku=goods.skus[1])
    (refusal,) = await hold([plenty, short])
    assert refusal.code == "out_of_stock"
    assert refusal.errors == [{"path": str(goods.skus[1]), "code": "out_of_stock", "available": 5, "wanted": 6}]
    assert await level(goods.sku, goods.shop.warehouse) == (5, 0)
    assert await db.fetch_row(HOLD, plenty.owner) is None


async def test_two_lines_of_one_sku_are_held_together(make_shop, make_goods, request_for, hold, level):
    """Two lines of one SKU in a group get their sum or nothing."""
    goods = await make_goods(await make_shop(), stock=5)
    assert (await hold([request_for(goods, 3), request_for(goods, 3)]))[0] is not None
    assert await hold([request_for(goods, 3), request_for(goods, 2)]) == [None]
    assert await level(goods.sku, goods.shop.warehouse) == (5, 5)


async def test_groups_of_a_batch_are_decided_in_order(make_shop, make_goods, request_for, hold, level):
    """The earlier group gets the last units, a later smaller one what is left."""
    goods = await make_goods(await make_shop(), stock=5)
    outcome = await hold([request_for(goods, 4)], [request_for(goods, 2)], [request_for(goods, 1)])
    assert [refusal is None for refusal in outcome] == [True, False, True]
    assert await level(goods.sku, goods.shop.warehouse) == (5, 5)


async def test_a_repeated_hold_takes_nothing_more(make_shop, make_goods, request_for, hold, level):
    """The same owner asked for again is granted without further units, even with none left."""
    goods = await make_goods(await make_shop(), stock=3)
    wanted = request_for(goods, 3)
    assert await hold([wanted]) == [None]
    assert await hold([wanted]) == [None]
    assert await level(goods.sku, goods.shop.warehouse) == (3, 3)


async def test_an_unknown_place_has_no_units(make_shop, make_goods, request_for, hold):
    """A SKU that has no level at the location is out of stock there."""
    goods = await make_goods(await make_shop())
    (refusal,) = await hold([request_for(goods, location=new_id())])
    assert refusal.errors[0]["available"] == 0


async def test_another_store_cannot_hold_a_stores_units(make_shop, make_goods, hold, level):
    """A request that names the wrong store finds no units."""
    goods, other = await make_goods(await make_shop()), await make_shop()
    foreign = HoldRequest(
        store_id=other.id, sku_id=goods.sku, location_id=goods.shop.warehouse, owner=new_id(), quantity=1
    )
    assert (await hold([foreign]))[0] is not None
    assert await level(goods.sku, goods.shop.warehouse) == (100, 0)


async def test_an_empty_batch_is_nothing(hold):
    """No group, and a group without a request, hold nothing and refuse nothing."""
    assert await hold() == []
    assert await hold([]) == [None]


async def test_a_confirmed_hold_never_expires(make_shop, make_goods, request_for, hold, mall):
    """Payment takes the expiry off the hold."""
    goods = await make_goods(await make_shop())
    wanted = request_for(goods)
    await hold([wanted])
    assert (await db.fetch_row(HOLD, wanted.owner))["expires_at"] is not None
    await service.confirm([wanted.owner], now=mall.now())
    assert (await db.fetch_row(HOLD, wanted.owner))["expires_at"] is None


async def test_a_hold_is_undone_with_its_transaction(make_shop, make_goods, request_for, hold, level):
    """A hold joins its caller's transaction."""
    goods = await make_goods(await make_shop())

    @db.atomic
    async def fail():
        await hold([request_for(goods)])
        raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await level(goods.sku, goods.shop.warehouse) == (100, 0)


async def _race(goods, request_for, hold, buyers=64):
    """How many of the parallel buyers of the last unit got it."""
    outcome = await asyncio.gather(*(hold([request_for(goods)]) for _ in range(buyers)), return_exceptions=True)
    for failure in outcome:
        if isinstance(failure, Exception) and not isinstance(failure, StockChanged):
            raise failure
    return outcome.count([None])


async def test_one_of_64_buyers_gets_the_last_unit(make_shop, make_goods, request_for, hold, level):
    """Of 64 parallel holds of one unit, exactly one wins."""
    goods = await make_goods(await make_shop(), stock=1)
    assert await _race(goods, request_for, hold) == 1
    assert await level(goods.sku, goods.shop.warehouse) == (1, 1)


async def test_without_the_lock_the_condition_still_holds(make_shop, make_goods, request_for, hold, monkeypatch):
    """Even when levels are read without a lock, the condition of the change lets one buyer win."""
    monkeypatch.setattr(levels, "_LOCK", levels._LOCK.replace("FOR UPDATE OF l", ""))
    goods = await make_goods(await make_shop(), stock=1)
    assert await _race(goods, request_for, hold) == 1


async def test_control_without_guards_the_last_unit_is_oversold(
    make_shop, make_goods, request_for, hold, monkeypatch, meeting
):
    """The same race over a table without lock, condition and check has several winners."""
    goods = await make_goods(await make_shop(), stock=1)
    await db.execute("CREATE TABLE unguarded_level (LIKE stock_level)")
    await db.execute("INSERT INTO unguarded_level SELECT * FROM stock_level WHERE sku_id = $1", goods.sku)
    lock, change = (sql.replace("stock_level", "unguarded_level") for sql in (levels._LOCK, levels._CHANGE))
    condition = "AND l.on_hand - l.held >= w.held - w.on_hand"
    assert condition in change
    monkeypatch.setattr(levels, "_LOCK", lock.replace("FOR UPDATE OF l", ""))
    monkeypatch.setattr(levels, "_CHANGE", change.replace(condition, ""))
    meeting(levels, "lock")
    try:
        assert await _race(goods, request_for, hold) > 1
    finally:
        await db.execute("DROP TABLE unguarded_level")
        await db.execute("DELETE FROM stock_hold WHERE sku_id = $1", goods.sku)
        await db.execute("DELETE FROM stock_movement WHERE sku_id = $1 AND kind = 'hold'", goods.sku)


async def _overlap(goods, request_for, mall, monkeypatch, batches):
    """Hold SKUs in opposite orders, many times at once, without retrying; returns the deadlocks."""
    monkeypatch.setattr(db, "ATTEMPTS", 1)

    async def once(turn):
        wanted = [request_for(goods, sku=sku) for sku in (goods.skus if turn % 2 else goods.skus[::-1])]
        now = mall.now()
        refused = await service.hold([(new_id(), wanted)], expires_at=now + timedelta(minutes=30), now=now)
        assert refused == {}

    outcome = await asyncio.gather(*(once(turn) for turn in range(batches)), return_exceptions=True)
    assert all(result is None or isinstance(result, db.RETRIED) for result in outcome), outcome
    return [result for result in outcome if result is not None]


async def test_batches_in_different_order_do_not_deadlock(make_shop, make_goods, request_for, mall, monkeypatch, level):
    """Groups that name the same SKUs in opposite orders wait for each other, and all are served."""
    goods = await make_goods(await make_shop(), prices=[100] * 6, stock=1000)
    assert await _overlap(goods, request_for, mall, monkeypatch, 60) == []
    assert [await level(sku, goods.shop.warehouse) for sku in goods.skus] == [(1000, 60)] * 6


async def test_control_places_locked_as_they_come_deadlock(
    make_shop, make_goods, request_for, mall, monkeypatch, meeting
):
    """Two such batches deadlock when each place is locked in the order of its arrival."""
    goods = await make_goods(await make_shop(), prices=[100] * 2, stock=1000)
    meeting(levels, "lock")
    locked = levels.lock

    async def as_they_come(places):
        first, second = places
        return await locked([first]) | await locked([second])

    monkeypatch.setattr(levels, "lock", as_they_come)
    assert len(await _overlap(goods, request_for, mall, monkeypatch, 2)) == 1
