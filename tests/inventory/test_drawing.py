from __future__ import annotations

import asyncio

import pytest
from galleria.core.ids import new_id
from galleria.core.inventory import drawing, movements, service
from galleria.core.inventory.service import CommitRequest, NotHeld, ReleaseRequest
from galleria.core.storage import db

COUNTS = "SELECT quantity, committed, released FROM stock_hold WHERE owner = $1"


@pytest.fixture
def held(make_shop, make_goods, request_for, hold):
    """Goods with 10 units in stock, and the request by which some of them are held."""

    async def make(quantity=4):
        goods = await make_goods(await make_shop(), stock=10)
        wanted = request_for(goods, quantity)
        assert await hold([wanted]) == [None]
        return goods, wanted

    return make


def leaving(kind, wanted, quantity, cause=None, **changed):
    named = {"store_id": wanted.store_id, "owner": wanted.owner, "cause": cause or new_id(), **changed}
    return kind(**named, quantity=quantity)


async def test_a_shipment_takes_units_off_the_shelf(held, level, mall):
    """Committed units leave both counts, and the hold remembers them."""
    goods, wanted = await held()
    await service.commit([leaving(CommitRequest, wanted, 3)], now=mall.now())
    assert await level(goods.sku, goods.shop.warehouse) == (7, 1)
    assert tuple(await db.fetch_row(COUNTS, wanted.owner)) == (4, 3, 0)


async def test_a_repeated_shipment_counts_once(held, level, mall):
    """The same cause takes nothing again; another one takes what is still open."""
    goods, wanted = await held()
    first = leaving(CommitRequest, wanted, 3)
    for _ in range(2):
        await service.commit([first], now=mall.now())
    await service.commit([leaving(CommitRequest, wanted, 1)], now=mall.now())
    assert await level(goods.sku, goods.shop.warehouse) == (6, 0)


async def test_one_parcel_ships_two_lines_of_one_sku(held, request_for, hold, level, mall):
    """Two owners may share a cause, a SKU and a location."""
    goods, wanted = await held()
    other, parcel = request_for(goods, 2), new_id()
    await hold([other])
    items = [leaving(CommitRequest, wanted, 4, parcel), leaving(CommitRequest, other, 2, parcel)]
    await service.commit(items, now=mall.now())
    assert await level(goods.sku, goods.shop.warehouse) == (4, 0)


async def test_more_than_is_held_is_refused_whole(held, request_for, hold, level, mall):
    """A shipment of more than is open writes nothing, not even its other lines."""
    goods, wanted = await held()
    other = request_for(goods, 2)
    await hold([other])
    with pytest.raises(NotHeld) as caught:
        await service.commit([leaving(CommitRequest, other, 1), leaving(CommitRequest, wanted, 5)], now=mall.now())
    assert caught.value.errors == [{"path": str(wanted.owner), "code": "not_held", "open": 4, "wanted": 5}]
    assert await level(goods.sku, goods.shop.warehouse) == (10, 6)


@pytest.mark.parametrize("act", [service.commit, service.release_units])
async def test_an_unknown_owner_has_nothing_to_give(held, mall, act):
    """Neither an owner without a hold nor another store's owner can be drawn on."""
    _, wanted = await held()
    for foreign in ({"owner": new_id()}, {"store_id": new_id()}):
        with pytest.raises(NotHeld):
            await act([leaving(CommitRequest, wanted, 1, **foreign)], now=mall.now())


@pytest.mark.parametrize("quantity", [0, -2])
async def test_a_shipment_of_no_unit_is_refused(held, mall, quantity):
    """A negative shipment would put goods on the shelf."""
    _, wanted = await held()
    with pytest.raises(ValueError, match="one unit"):
        await service.commit([leaving(CommitRequest, wanted, quantity)], now=mall.now())


async def test_release_frees_what_is_open(held, level, mall):
    """What has been shipped stays away, the rest can be sold again; a second release frees nothing."""
    goods, wanted = await held()
    await service.commit([leaving(CommitRequest, wanted, 1)], now=mall.now())
    for _ in range(2):
        await service.release([wanted.owner, new_id()], now=mall.now())
    assert await level(goods.sku, goods.shop.warehouse) == (9, 0)
    assert tuple(await db.fetch_row(COUNTS, wanted.owner)) == (4, 1, 3)


async def test_a_refund_before_shipment_frees_its_units_once(held, level, mall):
    """The refund's units can be sold again, the others stay held, and a repeat changes nothing."""
    goods, wanted = await held()
    refund = leaving(ReleaseRequest, wanted, 1)
    for _ in range(2):
        await service.release_units([refund], now=mall.now())
    assert await level(goods.sku, goods.shop.warehouse) == (10, 3)


async def test_freed_units_cannot_be_shipped(held, mall):
    """A shipment after a partial refund is bounded by what is still held."""
    _, wanted = await held()
    await service.release_units([leaving(ReleaseRequest, wanted, 2)], now=mall.now())
    with pytest.raises(NotHeld):
        await service.commit([leaving(CommitRequest, wanted, 3)], now=mall.now())


async def test_items_of_one_owner_and_cause_count_together(held, level, mall):
    """A call that names an owner twice for one cause means the sum."""
    goods, wanted = await held()
    item = leaving(CommitRequest, wanted, 2)
    await service.commit([item, item], now=mall.now())
    assert await level(goods.sku, goods.shop.warehouse) == (6, 0)


async def test_parallel_shipments_of_one_cause_count_once(held, level, mall):
    """Sixteen parallel commits of one cause take its units once."""
    goods, wanted = await held(10)
    item = leaving(CommitRequest, wanted, 2)
    await asyncio.gather(*(service.commit([item], now=mall.now()) for _ in range(16)))
    assert await level(goods.sku, goods.shop.warehouse) == (8, 8)


async def test_control_without_the_hold_lock_and_key_a_cause_counts_twice(held, level, mall, monkeypatch, meeting):
    """The same race without the hold's lock and the journal's unique key takes its units each time."""
    goods, wanted = await held(10)
    await db.execute("CREATE TABLE unguarded_movement (LIKE stock_movement)")
    for name in ("_RECORD", "_RECORDED"):
        unguarded = getattr(movements, name).replace("stock_movement", "unguarded_movement")
        monkeypatch.setattr(movements, name, unguarded)
    monkeypatch.setattr(drawing, "_LOCK", drawing._LOCK.replace("FOR UPDATE", ""))
    meeting(movements, "unrecorded", 4)
    item = leaving(CommitRequest, wanted, 2)
    try:
        await asyncio.gather(*(service.commit([item], now=mall.now()) for _ in range(4)))
        assert await level(goods.sku, goods.shop.warehouse) == (2, 2)
    finally:
        await db.execute(
            "INSERT INTO stock_movement SELECT m.* FROM unguarded_movement m "
            "WHERE m.id = (SELECT min(id::text)::uuid FROM unguarded_movement)"
        )
        await db.execute("DROP TABLE unguarded_movement")
        await db.execute("UPDATE stock_level SET on_hand = 8, held = 8 WHERE sku_id = $1", goods.sku)
        await db.execute("UPDATE stock_hold SET committed = 2 WHERE owner = $1", wanted.owner)


async def test_shipping_and_cancelling_at_once_leaves_the_counts_whole(held, level, mall, broken):
    """Of a parallel commit and release one comes first; the units are either shipped or free, never both."""
    goods, wanted = await held()
    outcome = await asyncio.gather(
        service.commit([leaving(CommitRequest, wanted, 4)], now=mall.now()),
        service.release([wanted.owner], now=mall.now()),
        return_exceptions=True,
    )
    assert outcome[1] is None
    shipped = outcome[0] is None
    assert shipped or isinstance(outcome[0], NotHeld)
    assert await level(goods.sku, goods.shop.warehouse) == (6 if shipped else 10, 0)
    assert await broken(goods) == set()
