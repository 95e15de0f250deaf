from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from galleria.core.ids import new_id
from galleria.core.inventory import service
from galleria.core.storage import db
from galleria.core.stores import locations
from galleria.core.testing.client import ok, problem


@pytest.fixture
async def goods(make_shop, make_goods):
    """A product of two SKUs with 10 units each."""
    return await make_goods(await make_shop(), prices=[100, 200], stock=10)


@pytest.fixture
async def clerk(api, goods, make_member):
    """A client of staff who may change the stock."""
    return api.acting_as(await make_member(goods.shop, "stock.write"))


def body(goods, quantity=5, **changed):
    return {
        "location_id": str(goods.shop.warehouse),
        "items": [{"sku_id": str(goods.sku), "quantity": quantity}],
        **changed,
    }


async def test_a_receipt_answers_what_it_left(goods, clerk):
    """The answer has the cause and the levels after the receipt."""
    made = ok(await clerk.post(f"{goods.shop.path}/staff/stock/receipts", body(goods)), 201)
    (level,) = made["levels"]
    assert (level["on_hand"], level["held"], level["available"]) == (15, 0, 15)


async def test_a_repeated_receipt_counts_once(goods, clerk, level):
    """The same Idempotency-Key adds its units once, and a key is required."""
    for _ in range(2):
        ok(await clerk.post(f"{goods.shop.path}/staff/stock/receipts", body(goods), key="delivery 1"), 201)
    assert await level(goods.sku, goods.shop.warehouse) == (15, 0)
    refused = await clerk.post(f"{goods.shop.path}/staff/stock/receipts", body(goods), key="")
    problem(refused, 400, "idempotency_key_required")


@pytest.mark.parametrize("quantity", [0, -1, 10**9, 1.5])
async def test_a_quantity_that_cannot_be_is_refused(goods, clerk, quantity):
    """Quantities are whole units from 1 to a million."""
    refused = await clerk.post(f"{goods.shop.path}/staff/stock/receipts", body(goods, quantity))
    errors = problem(refused, 422, "invalid")["errors"]
    assert len(errors) == 1, errors
    (error,) = errors
    assert error["path"].endswith("quantity")


async def test_the_stock_cannot_grow_without_bound(goods, clerk):
    """More units than a level can count are refused, not a server error."""
    await db.execute("UPDATE stock_level SET on_hand = 2147483647 WHERE sku_id = $1", goods.sku)
    problem(await clerk.post(f"{goods.shop.path}/staff/stock/receipts", body(goods)), 422, "invalid")
    await db.execute("UPDATE stock_level SET on_hand = 10 WHERE sku_id = $1", goods.sku)


async def test_a_count_is_recorded_with_who_and_why(goods, clerk):
    """An adjustment sets the stock, and the journal names its author and the note."""
    count = {
        "location_id": str(goods.shop.warehouse),
        "items": [{"sku_id": str(goods.sku), "on_hand": 7}],
        "note": "盘点",
    }
    made = ok(await clerk.post(f"{goods.shop.path}/staff/stock/adjustments", count), 201)
    assert made["levels"][0]["on_hand"] == 7
    newest = ok(await clerk.get(f"{goods.shop.path}/staff/stock/movements?sku_id={goods.sku}"))["items"][0]
    assert (newest["kind"], newest["on_hand_delta"], newest["note"]) == ("adjust", -3, "盘点")
    assert newest["cause"] == made["id"]
    assert newest["actor_id"] is not None


async def test_a_count_names_each_sku_once(goods, clerk):
    """Two numbers for one SKU cannot both be the count."""
    twice = {"location_id": str(goods.shop.warehouse), "items": [{"sku_id": str(goods.sku), "on_hand": 7}] * 2}
    problem(await clerk.post(f"{goods.shop.path}/staff/stock/adjustments", twice), 422, "repeated_sku")


async def test_a_count_below_the_held_units_is_refused(goods, clerk, hold, request_for):
    """The refusal says how many units orders hold."""
    await hold([request_for(goods, 4)])
    count = {"location_id": str(goods.shop.warehouse), "items": [{"sku_id": str(goods.sku), "on_hand": 3}]}
    refused = problem(await clerk.post(f"{goods.shop.path}/staff/stock/adjustments", count), 409, "stock_below_held")
    assert refused["errors"][0]["held"] == 4


async def test_a_transfer_answers_both_ends(goods, clerk, make_location):
    """Units leave the warehouse and are at the branch; more than there are free is refused."""
    branch = await make_location(goods.shop)
    move = {
        "source_id": str(goods.shop.warehouse),
        "target_id": str(branch),
        "items": [{"sku_id": str(goods.sku), "quantity": 4}],
    }
    made = ok(await clerk.post(f"{goods.shop.path}/staff/stock/transfers", move), 201)
    assert {one["location_id"]: one["on_hand"] for one in made["levels"]} == {
        str(goods.shop.warehouse): 6,
        str(branch): 4,
    }
    more = move | {"items": [{"sku_id": str(goods.sku), "quantity": 7}]}
    problem(await clerk.post(f"{goods.shop.path}/staff/stock/transfers", more), 409, "out_of_stock")


async def test_a_pool_is_not_moved_by_hand(goods, clerk, make_location):
    """Staff neither fill nor empty an activity's pool."""
    pool = str(await make_location(goods.shop, "pool"))
    problem(
        await clerk.post(f"{goods.shop.path}/staff/stock/receipts", body(goods, location_id=pool)),
        409,
        "location_is_pool",
    )
    move = {
        "source_id": pool,
        "target_id": str(goods.shop.warehouse),
        "items": [{"sku_id": str(goods.sku), "quantity": 1}],
    }
    problem(await clerk.post(f"{goods.shop.path}/staff/stock/transfers", move), 409, "location_is_pool")


async def test_foreign_skus_and_locations_are_not_found(goods, clerk, make_shop, make_goods):
    """Ids of another store are answered like ids that do not exist."""
    other = await make_goods(await make_shop())
    path = f"{goods.shop.path}/staff/stock/receipts"
    for sku in (other.sku, new_id()):
        items = [{"sku_id": str(sku), "quantity": 1}]
        problem(await clerk.post(path, body(goods, items=items)), 404, "sku_not_stocked")
        movements = await clerk.get(f"{goods.shop.path}/staff/stock/movements?sku_id={sku}")
        problem(movements, 404, "sku_not_stocked")
    for location in (other.shop.warehouse, new_id()):
        refused = await clerk.post(path, body(goods, location_id=str(location)))
        problem(refused, 404, "location_not_found")


async def test_only_the_stores_stock_staff_change_it(goods, api, make_person, make_member, make_shop, level):
    """Strangers, staff of other stores and staff without the permission are refused, and nothing changes."""
    path = f"{goods.shop.path}/staff/stock/receipts"
    problem(await api.post(path, body(goods)), 401, "unauthenticated")
    strangers = [await make_person(), (await make_shop()).owner, await make_member(goods.shop, "orders.read")]
    for stranger in strangers:
        problem(await api.acting_as(stranger).post(path, body(goods)), 403, "forbidden")
    assert await level(goods.sku, goods.shop.warehouse) == (10, 0)


async def test_everyone_who_works_in_the_store_sees_its_stock(goods, api, make_member, make_person):
    """Reading the stock needs no permission by name, but membership."""
    path = f"{goods.shop.path}/staff/stock"
    ok(await api.acting_as(await make_member(goods.shop)).get(path))
    problem(await api.acting_as(await make_person()).get(path), 403, "forbidden")
    problem(await api.get(path), 401, "unauthenticated")


async def test_stock_is_listed_by_page_sku_and_location(goods, clerk, make_location, make_goods, mall):
    """Pages follow each other without gaps; filters leave what they name; other stores' stock is not there."""
    branch = await make_location(goods.shop)
    another = await make_goods(goods.shop, stock=1)
    move = {
        "source_id": str(goods.shop.warehouse),
        "target_id": str(branch),
        "items": [{"sku_id": str(goods.sku), "quantity": 4}],
    }
    ok(await clerk.post(f"{goods.shop.path}/staff/stock/transfers", move), 201)
    path, seen, cursor = f"{goods.shop.path}/staff/stock?limit=3", [], ""
    while cursor is not None:
        page = ok(await clerk.get(path + (f"&cursor={cursor}" if cursor else "")))
        seen += [(one["sku_id"], one["location_id"]) for one in page["items"]]
        cursor = page["next_cursor"]
    home = str(goods.shop.warehouse)
    wanted = {(str(sku), home) for sku in [*goods.skus, another.sku]} | {(str(goods.sku), str(branch))}
    assert (set(seen), len(seen)) == (wanted, 4)
    here = ok(await clerk.get(f"{goods.shop.path}/staff/stock?location_id={branch}"))["items"]
    assert [(one["sku_id"], one["on_hand"]) for one in here] == [(str(goods.sku), 4)]
    named = f"sku_id={another.sku}&sku_id={goods.skus[1]}"
    chosen = ok(await clerk.get(f"{goods.shop.path}/staff/stock?{named}"))["items"]
    assert {one["sku_id"] for one in chosen} == {str(another.sku), str(goods.skus[1])}


async def test_the_journal_is_paged_newest_first(goods, clerk):
    """Each page continues where the last one ended."""
    for quantity in (1, 2, 3):
        ok(await clerk.post(f"{goods.shop.path}/staff/stock/receipts", body(goods, quantity)), 201)
    path, deltas, cursor = f"{goods.shop.path}/staff/stock/movements?sku_id={goods.sku}&limit=2", [], ""
    while cursor is not None:
        page = ok(await clerk.get(path + (f"&cursor={cursor}" if cursor else "")))
        deltas += [one["on_hand_delta"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert deltas == [3, 2, 1, 10]


async def test_a_foreign_cursor_is_refused(goods, clerk):
    """A cursor that this list has not given out is no server error."""
    for path in ("stock?cursor=abc", f"stock/movements?sku_id={goods.sku}&cursor=W10"):
        problem(await clerk.get(f"{goods.shop.path}/staff/{path}"), 422, "invalid_cursor")


async def test_a_location_with_stock_stays_in_use(goods, api, make_location, level, mall):
    """A branch is deactivated only when its goods are elsewhere; then nothing can be brought there."""
    owner, branch = api.acting_as(goods.shop.owner), await make_location(goods.shop)
    move = {
        "source_id": str(goods.shop.warehouse),
        "target_id": str(branch),
        "items": [{"sku_id": str(goods.sku), "quantity": 4}],
    }
    ok(await owner.post(f"{goods.shop.path}/staff/stock/transfers", move), 201)
    path = f"{goods.shop.path}/staff/locations/{branch}/deactivate"
    problem(await owner.post(path), 409, "location_in_use")
    back = move | {"source_id": move["target_id"], "target_id": move["source_id"]}
    ok(await owner.post(f"{goods.shop.path}/staff/stock/transfers", back), 201)
    for _ in range(2):
        assert ok(await owner.post(path))["active"] is False
    refused = await owner.post(f"{goods.shop.path}/staff/stock/transfers", move)
    problem(refused, 409, "location_inactive")


async def test_the_default_warehouse_and_pools_stay_in_use(api, make_shop, make_location):
    """Neither the place from which orders are sent nor an activity's pool is deactivated by hand."""
    shop = await make_shop()
    owner, pool = api.acting_as(shop.owner), await make_location(shop, "pool")
    path = f"{shop.path}/staff/locations"
    problem(await owner.post(f"{path}/{shop.warehouse}/deactivate"), 409, "default_location")
    problem(await owner.post(f"{path}/{pool}/deactivate"), 409, "location_is_pool")
    problem(await owner.post(f"{path}/{(await make_shop()).warehouse}/deactivate"), 404, "location_not_found")


async def _bring_while_closing(goods, branch, mall, monkeypatch):
    """Deactivate a branch while goods are brought there, between the check and the change.

    Returns what became of the deactivation, whether the branch is in use, and the units there.
    """
    checked, closed, share = asyncio.Event(), asyncio.Event(), locations.share

    async def share_and_pause(*arguments):
        found = await share(*arguments)
        checked.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(closed.wait(), 0.3)
        return found

    async def close():
        await checked.wait()
        try:
            await service.deactivate_location(goods.shop.id, branch)
        finally:
            closed.set()

    monkeypatch.setattr(locations, "share", share_and_pause)
    arrival = service.receive(mall, goods.shop.id, [(goods.sku, branch, 1)], cause=new_id())
    _, outcome = await asyncio.gather(arrival, close(), return_exceptions=True)
    active = await db.fetch_value("SELECT active FROM location WHERE id = $1", branch)
    units = await db.fetch_value("SELECT sum(on_hand) FROM stock_level WHERE location_id = $1", branch)
    return outcome, active, units


async def test_goods_never_arrive_at_a_location_that_closes(goods, make_location, mall, monkeypatch):
    """A deactivation waits for the receipt that has checked the location, and is refused."""
    branch = await make_location(goods.shop)
    outcome, active, units = await _bring_while_closing(goods, branch, mall, monkeypatch)
    assert isinstance(outcome, service.LocationInUse)
    assert (active, units) == (True, 1)


async def test_control_without_the_lock_goods_are_locked_away(goods, make_location, mall, monkeypatch):
    """The same race without the lock on the checked location leaves goods at one that is out of use."""
    monkeypatch.setattr(locations, "_SHARE", locations._SHARE.replace("FOR SHARE", ""))
    branch = await make_location(goods.shop)
    outcome = await _bring_while_closing(goods, branch, mall, monkeypatch)
    await db.execute("UPDATE location SET active = true WHERE id = $1", branch)
    assert outcome[1:] == (False, 1)
