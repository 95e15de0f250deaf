from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from galleria.core.storage import db
from galleria.core.stores import locations, queries, service
from galleria.core.stores.problems import DefaultLocation
from galleria.core.testing.client import ok, problem

HOURS = {"monday": ["09:00-12:00", "13:00-21:00"], "saturday": ["10:00-24:00"]}


@pytest.fixture
async def shop(make_shop):
    return await make_shop()


@pytest.fixture
def owner(api, shop):
    """A client of the shop's owner."""
    return api.acting_as(shop.owner)


def branch(**changed):
    body = {
        "kind": "branch",
        "name": "西湖店",
        "address": {"street": "1 Lake Road", "city": "Hangzhou"},
        "latitude": 30.25,
        "longitude": 120.15,
        "opening_hours": HOURS,
    }
    return body | changed


def path(shop, location=None):
    return f"{shop.path}/staff/locations" + (f"/{location['id']}" if location else "")


async def test_a_branch_is_added_and_read_back(shop, owner):
    """What was said of a branch is what staff read, with its version as ETag."""
    made = ok(await owner.post(path(shop), branch()), 201)
    read = await owner.get(path(shop, made))
    assert ok(read) == made
    assert read.headers["etag"] == '"v1"'
    assert (made["kind"], made["active"], made["opening_hours"]) == ("branch", True, HOURS)
    assert made["address"]["country"] == "CN"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "pool"}, "invalid"),
        ({"kind": "moon"}, "invalid"),
        ({"name": "  "}, "invalid_name"),
        ({"latitude": None}, "invalid_coordinates"),
        ({"latitude": 91}, "invalid"),
        ({"longitude": "east"}, "invalid"),
        ({"opening_hours": {"monday": ["21:00-09:00"]}}, "invalid_opening_hours"),
        ({"opening_hours": {"funday": []}}, "invalid"),
        ({"time_zone": "Mars/Olympus"}, "invalid_time_zone"),
        ({"address": {"city": "Hangzhou"}}, "invalid"),
        ({"store_id": "x"}, "invalid"),
    ],
)
async def test_a_location_that_cannot_be_is_refused(shop, owner, changed, code):
    """Pools are not made by hand; hours, zones and coordinates are checked."""
    problem(await owner.post(path(shop), branch(**changed)), 422, code)


async def test_a_location_is_replaced_at_the_version_that_was_seen(shop, owner):
    """An edit needs the current version; what it leaves out is empty again."""
    made = ok(await owner.post(path(shop), branch()), 201)
    problem(await owner.put(path(shop, made), {"name": "New"}), 428, "version_required")
    edited = ok(await owner.having(If_Match='"v1"').put(path(shop, made), {"name": "New"}))
    assert (edited["name"], edited["latitude"], edited["opening_hours"], edited["version"]) == ("New", None, {}, 2)
    problem(await owner.having(If_Match='"v1"').put(path(shop, made), {"name": "Old"}), 412, "version_mismatch")


async def test_a_pool_is_not_edited_by_hand(shop, owner, mall):
    """Activities make pools by the service; staff see them and leave them alone."""
    pool = await service.open_pool(mall, shop.id, "seckill 7")
    located = f"{path(shop)}/{pool.id}"
    problem(await owner.having(If_Match='"v1"').put(located, {"name": "Mine"}), 409, "location_is_pool")
    problem(await owner.post(f"{located}/activate"), 409, "location_is_pool")
    kinds = [one["kind"] for one in ok(await owner.get(path(shop)))["items"]]
    assert sorted(kinds) == ["pool", "warehouse"]


async def test_locations_are_listed_by_kind_and_page(shop, owner):
    """Filters leave a kind; pages have each location once."""
    made = [ok(await owner.post(path(shop), branch(name=f"No {number}")), 201) for number in range(3)]
    found = ok(await owner.get(f"{path(shop)}?kind=branch&active=true&limit=2"))
    rest = ok(await owner.get(f"{path(shop)}?kind=branch&limit=2&cursor={found['next_cursor']}"))
    assert [one["id"] for one in [*found["items"], *rest["items"]]] == [one["id"] for one in made]
    assert rest["next_cursor"] is None


async def test_a_deactivated_location_can_come_back(shop, owner, api):
    """A branch out of use is not shown to shoppers; activated, it is again."""
    made = ok(await owner.post(path(shop), branch()), 201)
    ok(await owner.post(f"{path(shop, made)}/deactivate"))
    assert ok(await api.get(f"{shop.path}/branches"))["items"] == []
    assert ok(await owner.post(f"{path(shop, made)}/activate"))["active"] is True
    assert len(ok(await api.get(f"{shop.path}/branches"))["items"]) == 1


async def test_the_default_warehouse_can_be_another(shop, owner, make_shop):
    """Only a warehouse of the store that is in use becomes the default."""
    target = f"{shop.path}/staff/default-location"
    second = ok(await owner.post(path(shop), branch(kind="warehouse")), 201)
    assert ok(await owner.put(target, {"location_id": second["id"]}))["default_location_id"] == second["id"]
    assert str((await queries.store_by_ref(shop.slug)).default_location_id) == second["id"]
    outlet = ok(await owner.post(path(shop), branch()), 201)
    problem(await owner.put(target, {"location_id": outlet["id"]}), 409, "not_a_warehouse")
    ok(await owner.post(f"{path(shop)}/{shop.warehouse}/deactivate"))
    problem(await owner.put(target, {"location_id": str(shop.warehouse)}), 409, "location_inactive")
    foreign = str((await make_shop()).warehouse)
    problem(await owner.put(target, {"location_id": foreign}), 404, "location_not_found")


async def test_foreign_locations_are_not_found(shop, owner, make_shop):
    """Another store's location is answered like one that does not exist."""
    other = await make_shop()
    foreign = f"{path(shop)}/{other.warehouse}"
    problem(await owner.get(foreign), 404, "location_not_found")
    problem(await owner.having(If_Match='"v1"').put(foreign, {"name": "Mine"}), 404, "location_not_found")
    problem(await owner.post(f"{foreign}/activate"), 404, "location_not_found")


async def test_staff_read_locations_and_editors_write_them(shop, api, make_member, make_person):
    """Everyone who works in the store reads where goods lie; the others see nothing."""
    clerk = api.acting_as(await make_member(shop, "orders.fulfil"))
    ok(await clerk.get(path(shop)))
    problem(await clerk.post(path(shop), branch()), 403, "forbidden")
    problem(await api.acting_as(await make_person()).get(path(shop)), 403, "forbidden")
    problem(await api.get(path(shop)), 401, "unauthenticated")


async def test_shoppers_see_branches_and_whether_they_are_open(shop, owner, api, clock):
    """The state is that of the branch's own clock; warehouses and pools are not shown."""
    ok(await owner.post(path(shop), branch()), 201)
    ok(await owner.post(path(shop), branch(name="Berlin", time_zone="Europe/Berlin")), 201)
    ok(await owner.post(path(shop), branch(name="Silent", opening_hours={})), 201)
    clock.hold(datetime(2035, 1, 1, 2, 0, tzinfo=UTC))
    shown = ok(await api.get(f"{shop.path}/branches"))["items"]
    assert {one["name"]: one["open_now"] for one in shown} == {"西湖店": True, "Berlin": False, "Silent": None}
    assert "version" not in shown[0]


async def test_a_closed_stores_branches_are_closed(shop, owner, api, clock):
    """A store that is closed has no open branch."""
    ok(await owner.post(path(shop), branch()), 201)
    ok(await owner.post(f"{shop.path}/staff/close"))
    clock.hold(datetime(2035, 1, 1, 2, 0, tzinfo=UTC))
    (shown,) = ok(await api.get(f"{shop.path}/branches"))["items"]
    assert shown["open_now"] is False


async def _change_default_while_closing(mall, shop, monkeypatch):
    """Deactivate a warehouse while it becomes the default, between the check and the change.

    Returns what became of the deactivation, and whether the default is in use.
    """
    made = await service.add_location(mall, shop.id, service.NewLocation(kind="warehouse", name="Second"))
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
            await service.deactivate(shop.id, made.id)
        finally:
            closed.set()

    monkeypatch.setattr(locations, "share", share_and_pause)
    _, outcome = await asyncio.gather(service.set_default(mall, shop.id, made.id), close(), return_exceptions=True)
    sql = "SELECT l.active FROM store s JOIN location l ON l.id = s.default_location_id WHERE s.id = $1"
    return outcome, await db.fetch_value(sql, shop.id)


async def test_the_default_warehouse_is_always_in_use(mall, shop, monkeypatch):
    """A deactivation waits for the change of the default that has checked the warehouse, and is refused."""
    outcome, in_use = await _change_default_while_closing(mall, shop, monkeypatch)
    assert isinstance(outcome, DefaultLocation)
    assert in_use


async def test_control_without_the_lock_the_default_is_out_of_use(mall, shop, monkeypatch):
    """The same race without the lock on the checked warehouse leaves a store that sends from a closed one."""
    monkeypatch.setattr(locations, "_SHARE", locations._SHARE.replace("FOR SHARE", ""))
    outcome, in_use = await _change_default_while_closing(mall, shop, monkeypatch)
    await db.execute("UPDATE location SET active = true WHERE store_id = $1", shop.id)
    assert (outcome, in_use) == (None, False)
