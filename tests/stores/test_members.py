from __future__ import annotations

import asyncio

import pytest
from galleria.core.errors import Problem
from galleria.core.http.caller import Caller
from galleria.core.storage import db
from galleria.core.storage.invariants import violations
from galleria.core.stores import members, service
from galleria.core.stores.invariants import INVARIANTS
from galleria.core.testing.client import ok, problem


@pytest.fixture
async def shop(make_shop):
    return await make_shop()


@pytest.fixture
def owner(api, shop):
    """A client of the shop's owner."""
    return api.acting_as(shop.owner)


def place(person, *permissions, role="staff"):
    return {"identifier": person.email, "role": role, "permissions": list(permissions)}


def path(shop, person=None):
    return f"{shop.path}/staff/members" + (f"/{person.id}" if person else "")


async def test_a_member_works_at_once_and_no_longer_once_revoked(api, shop, owner, make_person):
    """A new member's next request is allowed, and the first one after the revocation is not."""
    person = await make_person()
    profile = f"{shop.path}/staff/profile"
    problem(await api.acting_as(person).get(profile), 403, "forbidden")
    made = ok(await owner.post(path(shop), place(person, "store.edit", "store.edit")), 201)
    assert (made["email"], made["role"], made["permissions"]) == (person.email, "staff", ["store.edit"])
    ok(await api.acting_as(person).get(profile))
    (mine,) = ok(await api.acting_as(person).get("/api/me/stores"))["items"]
    assert (mine["slug"], mine["permissions"]) == (shop.slug, ["store.edit"])
    assert (await owner.delete(path(shop, person))).status_code == 204
    problem(await api.acting_as(person).get(profile), 403, "forbidden")
    assert ok(await api.acting_as(person).get("/api/me/stores"))["items"] == []
    problem(await owner.delete(path(shop, person)), 404, "member_not_found")


async def test_a_changed_permission_is_in_force_at_once(api, shop, owner, make_member):
    """Replacing the permissions takes those away that are not named."""
    clerk = await make_member(shop, "store.edit")
    ok(await owner.put(path(shop, clerk), {"role": "staff", "permissions": ["orders.read"]}))
    refused = problem(await api.acting_as(clerk).get(f"{shop.path}/staff/profile"), 403, "forbidden")
    assert refused["permission"] == "store.edit"


async def test_a_revoked_member_can_come_back(shop, owner, make_person):
    """Somebody who left is added again, with the new permissions alone; twice is refused."""
    person = await make_person()
    ok(await owner.post(path(shop), place(person, "store.edit")), 201)
    problem(await owner.post(path(shop), place(person)), 409, "already_member")
    await owner.delete(path(shop, person))
    assert ok(await owner.post(path(shop), place(person, "orders.read")), 201)["permissions"] == ["orders.read"]


async def test_unknown_accounts_and_permissions_are_refused(shop, owner, make_person):
    """A permission that no route asks for is a mistake, and so is an account that is not there."""
    person = await make_person()
    refused = await owner.post(path(shop), place(person, "store.edit", "world.rule"))
    assert problem(refused, 422, "unknown_permission")["errors"][0]["detail"] == "world.rule"
    for identifier in ("nobody@example.com", "not an identifier", ""):
        body = place(person) | {"identifier": identifier}
        problem(await owner.post(path(shop), body), 422, "unknown_account")


async def test_the_permissions_that_can_be_given_are_listed(shop, owner):
    """The console can offer every known name."""
    listed = ok(await owner.get(f"{shop.path}/staff/permissions"))["items"]
    known = [item["code"] for item in listed]
    assert {"store.edit", "members.manage", "stock.write"} <= set(known)
    assert known == sorted(known)


async def test_staff_pass_on_only_what_they_may_do(api, shop, make_member, make_person):
    """A manager of members gives no permission that they lack, and takes away any."""
    manager = api.acting_as(await make_member(shop, "members.manage", "orders.read"))
    clerk, person = await make_member(shop, "stock.write", "store.edit"), await make_person()
    ok(await manager.post(path(shop), place(person, "orders.read")), 201)
    for body in (place(await make_person(), "orders.refund"), place(await make_person(), "store.edit")):
        problem(await manager.post(path(shop), body), 403, "permission_not_yours")
    kept = {"role": "staff", "permissions": ["store.edit", "orders.read"]}
    assert ok(await manager.put(path(shop, clerk), kept))["permissions"] == ["orders.read", "store.edit"]
    more = {"role": "staff", "permissions": ["store.edit", "stock.write"]}
    refused = problem(await manager.put(path(shop, clerk), more), 403, "permission_not_yours")
    assert refused["permissions"] == ["stock.write"]


async def test_staff_do_not_touch_owners(api, shop, make_member, make_person):
    """Whatever their permissions, staff neither make, change nor remove an owner, themselves included."""
    person = await make_member(shop, "members.manage")
    manager = api.acting_as(person)
    problem(await manager.post(path(shop), place(await make_person(), role="owner")), 403, "owners_only")
    problem(await manager.put(path(shop, person), {"role": "owner"}), 403, "owners_only")
    second = await make_person()
    ok(await api.acting_as(shop.owner).post(path(shop), place(second, role="owner")), 201)
    problem(await manager.put(path(shop, second), {"role": "staff"}), 403, "owners_only")
    problem(await manager.delete(path(shop, second)), 403, "owners_only")


async def test_an_owner_needs_no_permission_by_name(shop, owner, make_person, api):
    """A second owner may do everything, and is stored without permissions."""
    second = await make_person()
    made = ok(await owner.post(path(shop), place(second, "store.edit", role="owner")), 201)
    assert made["permissions"] == []
    ok(await api.acting_as(second).get(path(shop)))


async def test_the_last_owner_stays(shop, owner, make_person):
    """A store is never without an owner; with a second one the first can go."""
    problem(await owner.delete(path(shop, shop.owner)), 409, "last_owner")
    problem(await owner.put(path(shop, shop.owner), {"role": "staff"}), 409, "last_owner")
    ok(await owner.put(path(shop, shop.owner), {"role": "owner"}))
    ok(await owner.post(path(shop), place(await make_person(), role="owner")), 201)
    ok(await owner.put(path(shop, shop.owner), {"role": "staff"}))


async def test_the_operator_manages_any_stores_members(api, shop, make_person):
    """The operator appoints an owner without working for the store."""
    operator = api.acting_as(await make_person(operator=True))
    ok(await operator.post(path(shop), place(await make_person(), role="owner")), 201)
    assert (await operator.delete(path(shop, shop.owner))).status_code == 204


async def test_members_of_other_stores_are_not_found(shop, owner, make_shop, make_member):
    """Another store's member is answered like nobody, and its list is closed."""
    other = await make_shop()
    stranger = await make_member(other)
    problem(await owner.put(path(shop, stranger), {"role": "staff"}), 404, "member_not_found")
    problem(await owner.delete(path(shop, stranger)), 404, "member_not_found")
    problem(await owner.get(path(other)), 403, "forbidden")


async def test_members_are_listed_by_page(shop, owner, make_member, make_person):
    """Pages have every present member once."""
    present = [shop.owner, *[await make_member(shop) for _ in range(3)]]
    gone = await make_member(shop)
    await owner.delete(path(shop, gone))
    seen, cursor = [], ""
    while cursor is not None:
        page = ok(await owner.get(f"{path(shop)}?limit=3" + (f"&cursor={cursor}" if cursor else "")))
        seen += [one["account_id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == sorted(str(person.id) for person in present)


async def _both_owners_leave(mall, shop, second):
    """The two owners revoke each other at once; returns how many owners are left."""
    callers = [Caller(account_id=person.id) for person in (shop.owner, second)]
    outcome = await asyncio.gather(
        service.revoke_member(mall, shop.id, callers[0], second.id),
        service.revoke_member(mall, shop.id, callers[1], shop.owner.id),
        return_exceptions=True,
    )
    assert all(result is None or isinstance(result, Problem) for result in outcome), outcome
    sql = "SELECT count(*) FROM store_member WHERE store_id = $1 AND role = 'owner' AND revoked_at IS NULL"
    return await db.fetch_value(sql, shop.id)


async def _add_owner(mall, shop, person):
    place = members.appointment("owner", [], [])
    await service.add_member(mall, shop.id, Caller(account_id=shop.owner.id), person.email, place)


async def test_two_owners_cannot_leave_at_once(mall, make_shop, make_person):
    """Each owner relies on the other one staying, so exactly one revocation succeeds."""
    for _ in range(10):
        shop, second = await make_shop(), await make_person()
        await _add_owner(mall, shop, second)
        assert await _both_owners_leave(mall, shop, second) == 1


async def test_control_without_the_lock_a_store_loses_its_owners(mall, shop, make_person, monkeypatch):
    """The same race without the lock leaves a store that nobody owns, and the invariant finds it."""
    second, check, both = await make_person(), members._require_may_appoint, asyncio.Barrier(2)
    await _add_owner(mall, shop, second)

    async def check_together(*arguments):
        await check(*arguments)
        await both.wait()

    monkeypatch.setattr(members, "_LOCK", members._LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(members, "_require_may_appoint", check_together)
    owners = await _both_owners_leave(mall, shop, second)
    found = {one.name for one in await violations(INVARIANTS, mall.now())}
    await db.execute("UPDATE store_member SET revoked_at = NULL WHERE store_id = $1", shop.id)
    assert owners == 0
    assert "every store has an owner" in found
