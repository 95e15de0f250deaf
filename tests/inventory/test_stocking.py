from __future__ import annotations

import asyncio

import pytest
from galleria.core.errors import Invalid
from galleria.core.ids import new_id
from galleria.core.inventory import service
from galleria.core.inventory.service import (
    LocationInactive,
    LocationNotFound,
    OutOfStock,
    RestockRequest,
    SkuNotStocked,
    StockBelowHeld,
)


@pytest.fixture
async def goods(make_shop, make_goods):
    """A product of two SKUs with 10 units each."""
    return await make_goods(await make_shop(), prices=[100, 200], stock=10)


async def test_new_skus_are_stocked_with_nothing(goods, level, mall):
    """Opening a level makes 0 units, once, and leaves a level that is there alone."""
    fresh = new_id()
    for _ in range(2):
        await service.open_levels(goods.shop.id, [fresh, goods.sku], goods.shop.warehouse, mall.now())
    assert await level(fresh, goods.shop.warehouse) == (0, 0)
    assert await level(goods.sku, goods.shop.warehouse) == (10, 0)


async def test_a_receipt_adds_units_once(goods, make_location, level, mall):
    """A delivery counts once per cause, at a location that had no level too."""
    branch, cause = await make_location(goods.shop), new_id()
    items = [(goods.sku, goods.shop.warehouse, 5), (goods.sku, branch, 2), (goods.sku, branch, 1)]
    for _ in range(2):
        await service.receive(mall, goods.shop.id, items, cause=cause)
    assert await level(goods.sku, goods.shop.warehouse) == (15, 0)
    assert await level(goods.sku, branch) == (3, 0)


async def test_a_receipt_names_the_unknown_skus(goods, mall, level):
    """The refusal lists each SKU that the store does not stock, and the known one gets nothing."""
    unknown = new_id()
    items = [(goods.sku, goods.shop.warehouse, 1), (unknown, goods.shop.warehouse, 1)]
    with pytest.raises(SkuNotStocked) as caught:
        await service.receive(mall, goods.shop.id, items, cause=new_id())
    assert [error["path"] for error in caught.value.errors] == [str(unknown)]
    assert await level(goods.sku, goods.shop.warehouse) == (10, 0)


async def test_goods_go_to_the_stores_own_locations_in_use(goods, make_shop, make_location, mall):
    """Another store's location is not found, one out of use is refused."""
    other, unused = await make_shop(), await make_location(goods.shop, active=False)
    for location, refusal in ((other.warehouse, LocationNotFound), (unused, LocationInactive)):
        with pytest.raises(refusal):
            await service.receive(mall, goods.shop.id, [(goods.sku, location, 1)], cause=new_id())


async def test_another_stores_sku_is_not_stocked(goods, make_shop, mall):
    """A SKU that only another store stocks is unknown here."""
    other = await make_shop()
    with pytest.raises(SkuNotStocked):
        await service.receive(mall, other.id, [(goods.sku, other.warehouse, 1)], cause=new_id())


@pytest.mark.parametrize("quantity", [0, -1])
async def test_a_receipt_of_no_unit_is_refused(goods, mall, quantity):
    """A negative receipt would take goods away without a count, even when its sum is positive."""
    items = [(goods.sku, goods.shop.warehouse, 5), (goods.sku, goods.shop.warehouse, quantity)]
    with pytest.raises(ValueError, match="one unit"):
        await service.receive(mall, goods.shop.id, items, cause=new_id())


async def test_returned_goods_are_restocked_once(goods, level, mall):
    """Items of one cause and place count together; a repeat adds nothing (Y: goods back twice)."""
    cause = new_id()
    item = RestockRequest(
        store_id=goods.shop.id, sku_id=goods.sku, location_id=goods.shop.warehouse, cause=cause, quantity=2
    )
    for _ in range(2):
        await service.restock([item, item], actor_id=None, now=mall.now())
    assert await level(goods.sku, goods.shop.warehouse) == (14, 0)


async def test_parallel_restocks_of_one_cause_count_once(goods, level, mall):
    """Sixteen parallel restocks of one cause add its units once."""
    item = RestockRequest(
        store_id=goods.shop.id, sku_id=goods.sku, location_id=goods.shop.warehouse, cause=new_id(), quantity=2
    )
    await asyncio.gather(*(service.restock([item], actor_id=None, now=mall.now()) for _ in range(16)))
    assert await level(goods.sku, goods.shop.warehouse) == (12, 0)


async def test_a_count_sets_the_stock(goods, level, mall):
    """An adjustment makes the counted number the stock, and repeating it later does not undo what followed."""
    cause, place = new_id(), (goods.sku, goods.shop.warehouse)
    await service.adjust(mall, goods.shop.id, [(*place, 7)], cause=cause, note="annual count")
    await service.receive(mall, goods.shop.id, [(*place, 1)], cause=new_id())
    await service.adjust(mall, goods.shop.id, [(*place, 7)], cause=cause, note="annual count")
    assert await level(*place) == (8, 0)


async def test_a_count_below_the_held_units_is_refused_whole(goods, request_for, hold, level, mall):
    """What orders hold cannot be counted away, and the other rows of the count are not written either."""
    await hold([request_for(goods, 4)])
    rows = [(goods.skus[1], goods.shop.warehouse, 1), (goods.sku, goods.shop.warehouse, 3)]
    with pytest.raises(StockBelowHeld) as caught:
        await service.adjust(mall, goods.shop.id, rows, cause=new_id())
    assert caught.value.errors == [{"path": str(goods.sku), "code": "stock_below_held", "held": 4, "on_hand": 3}]
    assert await level(goods.skus[1], goods.shop.warehouse) == (10, 0)


async def test_a_count_may_meet_the_held_units(goods, request_for, hold, level, mall):
    """The held units themselves are a possible count."""
    await hold([request_for(goods, 4)])
    await service.adjust(mall, goods.shop.id, [(goods.sku, goods.shop.warehouse, 4)], cause=new_id())
    assert await level(goods.sku, goods.shop.warehouse) == (4, 4)


async def test_an_import_puts_stock_of_new_skus(goods, level, mall):
    """Bulk rows set numbers and make levels; of a place named twice the last number counts."""
    fresh, place = new_id(), goods.shop.warehouse
    rows = [(fresh, place, 3), (goods.sku, place, 0), (fresh, place, 8)]
    for _ in range(2):
        await service.put_on_hand(goods.shop.id, rows, cause=new_id(), actor_id=None, now=mall.now())
    assert await level(fresh, place) == (8, 0)
    assert await level(goods.sku, place) == (0, 0)


async def test_an_import_cannot_go_below_the_held_units(goods, request_for, hold, mall):
    """The promise to shoppers outlives a supplier's file."""
    await hold([request_for(goods, 4)])
    rows = [(goods.sku, goods.shop.warehouse, 3)]
    with pytest.raises(StockBelowHeld):
        await service.put_on_hand(goods.shop.id, rows, cause=new_id(), actor_id=None, now=mall.now())


async def _move(mall, goods, target, quantity, cause=None):
    await service.transfer(
        mall, goods.shop.id, [(goods.sku, quantity)],
        source_id=goods.shop.warehouse, target_id=target, cause=cause or new_id(),
    )  # fmt: skip


async def test_a_transfer_moves_units_once(goods, make_location, level, mall):
    """Units leave one location and arrive at the other, once per cause."""
    pool, cause = await make_location(goods.shop, "pool"), new_id()
    for _ in range(2):
        await _move(mall, goods, pool, 4, cause)
    assert await level(goods.sku, goods.shop.warehouse) == (6, 0)
    assert await level(goods.sku, pool) == (4, 0)


async def test_held_units_cannot_be_transferred(goods, request_for, hold, make_location, level, mall):
    """Only free units move; a transfer of more is refused whole."""
    await hold([request_for(goods, 8)])
    pool = await make_location(goods.shop, "pool")
    with pytest.raises(OutOfStock) as caught:
        await _move(mall, goods, pool, 3)
    assert caught.value.errors[0]["available"] == 2
    assert await level(goods.sku, goods.shop.warehouse) == (10, 8)


async def test_a_transfer_to_itself_is_refused(goods, mall):
    """Source and target differ."""
    with pytest.raises(Invalid) as caught:
        await _move(mall, goods, goods.shop.warehouse, 1)
    assert caught.value.code == "same_location"


async def test_opposite_transfers_all_happen(goods, make_location, level, mall):
    """Parallel transfers back and forth neither deadlock for good nor lose a unit."""
    branch = await make_location(goods.shop)
    await service.receive(mall, goods.shop.id, [(goods.sku, branch, 10)], cause=new_id())
    ways = [(goods.shop.warehouse, branch), (branch, goods.shop.warehouse)] * 10
    await asyncio.gather(
        *(
            service.transfer(mall, goods.shop.id, [(goods.sku, 1)], source_id=source, target_id=target, cause=new_id())
            for source, target in ways
        )
    )
    assert await level(goods.sku, branch) == (10, 0)
    assert await level(goods.sku, goods.shop.warehouse) == (10, 0)


async def test_all_that_happens_to_stock_is_in_the_journal(goods, request_for, hold, make_location, mall, broken):
    """After every kind of change the levels are the sums of their movements, and the other rules hold."""
    branch, place = await make_location(goods.shop), (goods.sku, goods.shop.warehouse)
    wanted = request_for(goods, 3)
    await hold([wanted])
    await service.receive(mall, goods.shop.id, [(*place, 5)], cause=new_id())
    await service.adjust(mall, goods.shop.id, [(*place, 9)], cause=new_id())
    await _move(mall, goods, branch, 2)
    await service.commit(
        [service.CommitRequest(store_id=goods.shop.id, owner=wanted.owner, cause=new_id(), quantity=2)], now=mall.now()
    )
    await service.release([wanted.owner], now=mall.now())
    assert await broken(goods) == set()
