from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from galleria.core.testing.client import ok, problem

MANAGED = [("GET", "limits"), ("POST", "limits"), ("GET", "limits/{limit}"), ("PUT", "limits/{limit}"),
           ("DELETE", "limits/{limit}"), ("GET", "alerts"), ("POST", "alerts/{sku}/acknowledge")]  # fmt: skip
RELEASED = [("GET", "reviews"), ("POST", "reviews/{order}/release")]


async def call(client, staff, method, path, **ids):
    headers = {**client.headers, "Idempotency-Key": uuid4().hex, "If-Match": '"v1"'}
    bodies = {
        "POST limits": {"sku_id": ids["sku"], "period": "day", "quantity": 1},
        "PUT limits/{limit}": {"quantity": 1},
    }
    body = bodies.get(f"{method} {path}")
    url = f"{staff.rules}/{path.format(**ids)}"
    return await client.http.request(method, url, headers=headers, **({"json": body} if body else {}))


async def test_limits_are_made_changed_and_removed(ruled, make_goods):
    """A limit carries its version; the list has those in force; one that is removed is gone."""
    staff = await ruled()
    goods = await make_goods(staff.shop)
    made = await staff.limit(goods, 3, "day")
    path, api = f"{staff.rules}/limits/{made['id']}", staff.api
    shown = await api.get(path)
    assert (ok(shown), shown.headers["ETag"]) == (made, '"v1"')
    changed = ok(await api.put(path, {"quantity": 4}, headers={"If-Match": '"v1"'}))
    assert (changed["quantity"], changed["version"], changed["period"]) == (4, 2, "day")
    problem(await api.put(path, {"quantity": 5}, headers={"If-Match": '"v1"'}), 412, "version_mismatch")
    problem(await api.put(path, {"quantity": 5}), 428, "version_required")
    assert (await staff.get("limits"))["items"] == [changed]
    problem(await api.delete(path, headers={"If-Match": '"v1"'}), 412, "version_mismatch")
    ok(await api.delete(path, headers={"If-Match": '"v2"'}), 204)
    problem(await api.get(path), 404, "purchase_rules_limit_not_found")
    assert (await staff.get("limits"))["items"] == []
    await staff.limit(goods, 3, "day")


async def test_two_changes_at_once_are_one(ruled, make_goods):
    """Of eight who change one version, one wins and the others are told."""
    staff = await ruled()
    made = await staff.limit(await make_goods(staff.shop), 3)
    path = f"{staff.rules}/limits/{made['id']}"
    sent = [staff.api.put(path, {"quantity": n}, headers={"If-Match": '"v1"'}) for n in range(1, 9)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*sent)) == [200] + [412] * 7


async def test_a_limit_is_on_something_of_the_store(ruled, make_goods, make_shop):
    """Neither nothing, nor both, nor another store's goods, nor the same twice; figures are positive."""
    staff = await ruled()
    own, other = await make_goods(staff.shop), await make_goods(await make_shop())
    path = f"{staff.rules}/limits"
    rest = {"period": "day", "quantity": 1}
    for target in (
        {}, {"sku_id": str(own.sku), "product_id": str(own.id)}, {"sku_id": str(other.sku)},
        {"product_id": str(other.id)}, {"product_id": str(uuid4())}, {"sku_id": str(own.id)},
    ):  # fmt: skip
        problem(await staff.api.post(path, {**target, **rest}), 422, "purchase_rules_target")
    for wrong in ({"quantity": 0}, {"period": "year"}, {"per": "shopper"}):
        problem(await staff.api.post(path, {"sku_id": str(own.sku), **rest, **wrong}), 422, "invalid")
    ok(await staff.api.post(path, {"sku_id": str(own.sku), **rest}), 201)
    problem(await staff.api.post(path, {"sku_id": str(own.sku), **rest}), 409, "purchase_rules_limit_exists")
    ok(await staff.api.post(path, {"sku_id": str(own.sku), **rest, "period": "week"}), 201)
    ok(await staff.api.post(path, {"product_id": str(own.id), **rest}), 201)


async def test_a_repeated_request_makes_one_limit(ruled, make_goods):
    """The same Idempotency-Key is answered as before."""
    staff = await ruled()
    body = {"sku_id": str((await make_goods(staff.shop)).sku), "period": "day", "quantity": 2}
    first, again = [await staff.api.post(f"{staff.rules}/limits", body, key="k") for _ in range(2)]
    assert ok(first, 201) == ok(again, 201)


async def test_lists_page(ruled, make_goods):
    """Two pages have every limit once."""
    staff = await ruled()
    made = [(await staff.limit(await make_goods(staff.shop), 1))["id"] for _ in range(3)]
    first = await staff.get("limits?limit=2")
    second = await staff.get(f"limits?limit=2&cursor={first['next_cursor']}")
    assert [item["id"] for item in [*first["items"], *second["items"]]] == made
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [("purchase_rules.manage", MANAGED), ("purchase_rules.release", RELEASED), ("orders.fulfil", [])],
)
async def test_staff_may_do_what_they_were_given(api, ruled, make_member, make_goods, permission, allowed):
    """Each route asks for its own permission, and says which; the owner has all, others have none."""
    staff = await ruled(review_above=1)
    goods = await make_goods(staff.shop)
    ids = {"limit": (await staff.limit(goods, 1))["id"], "sku": str(goods.sku), "order": str(uuid4())}
    member = api.acting_as(await make_member(staff.shop, permission))
    for method, path in [*MANAGED, *RELEASED]:
        answer = await call(member, staff, method, path, **ids)
        if (method, path) in allowed:
            assert answer.status_code in (200, 201, 204, 404, 412), (method, path, answer.text)
        else:
            problem(answer, 403, "forbidden")


async def test_strangers_learn_nothing(api, ruled, make_person, make_goods, make_shop):
    """Nobody, a shopper and another store's owner get 401 or 403; another store's limit is not there."""
    staff, other = await ruled(), await ruled()
    goods = await make_goods(staff.shop)
    ids = {"limit": (await staff.limit(goods, 1))["id"], "sku": str(goods.sku), "order": str(uuid4())}
    callers = [(api, 401), (api.acting_as(await make_person()), 403), (other.api, 403)]
    for method, path in [*MANAGED, *RELEASED]:
        for caller, status in callers:
            assert (await call(caller, staff, method, path, **ids)).status_code == status
    for method in ("GET", "PUT", "DELETE"):
        problem(await call(other.api, other, method, "limits/{limit}", **ids), 404, "purchase_rules_limit_not_found")
    assert (await staff.get("limits"))["items"][0]["quantity"] == 1


async def test_an_owner_gives_the_permissions(api, ruled, make_person):
    """Both names are known, and a member who was given one may use it."""
    staff = await ruled(review_above=1)
    path = f"{staff.shop.path}/staff"
    known = ok(await staff.api.get(f"{path}/permissions"))
    assert "purchase_rules.manage" in str(known)
    assert "purchase_rules.release" in str(known)
    person = await make_person()
    role = {"identifier": person.email, "role": "staff", "permissions": ["purchase_rules.release"]}
    ok(await staff.api.post(f"{path}/members", role), 201)
    ok(await api.acting_as(person).get(f"{staff.rules}/reviews"))


async def test_routes_answer_where_the_plugin_is_on(api, ruled, make_shop):
    """Elsewhere, and while it drains, there is nothing."""
    staff, elsewhere = await ruled(), await make_shop()
    problem(await api.get(f"{elsewhere.path}/purchase_rules/terms"), 404, "plugin_disabled")
    ok(await staff.switch(state="draining"))
    problem(await staff.api.get(f"{staff.rules}/limits"), 404, "plugin_disabled")


async def test_settings_are_checked_when_they_are_saved(ruled):
    """A zone that is none, and a window that is none, are refused with their path; what was saved stays."""
    staff = await ruled(minimum_order=5)
    window = {"weekday": "monday", "from": "10:00", "to": "10:00"}
    for wrong, path in (({"time_zone": "Moon/Base"}, "settings"), ({"sale_hours": [window]}, "settings.sale_hours.")):
        refused = problem(await staff.switch(settings=wrong), 422, "settings_invalid")
        assert refused["errors"][0]["path"].startswith(path)
    assert (await staff.get("terms"))["minimum_order"]["amount"] == 5


async def test_a_cursor_of_another_list_is_refused(ruled):
    """What no list has given out is 422, on every list."""
    staff = await ruled(review_above=1)
    for name in ("limits", "alerts", "reviews"):
        for cursor in ("x", "W10", "bnVsbA", "\x00"):
            answer = await staff.api.get(f"{staff.rules}/{name}", params={"cursor": cursor})
            problem(answer, 422, "invalid_cursor")
