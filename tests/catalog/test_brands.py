from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.testing.client import ok, problem


async def test_a_brand_has_a_story_and_a_logo(operator, slug, api):
    """The operator makes a brand; everyone reads it in their language."""
    boss, name = await operator(), slug()
    body = {
        "slug": name,
        "name": {"zh-CN": "山泉", "en": "Spring"},
        "story": {"en": "Since 1900."},
        "logo_url": "/m/a.webp",
    }
    made = ok(await boss.post("/api/mall/brands", body), 201)
    shown = ok(await api.get(f"/api/brands/{name}", headers={"Accept-Language": "en"}))
    assert shown == {
        "id": made["id"], "slug": name, "name": "Spring", "story": "Since 1900.", "logo_url": "/m/a.webp",
    }  # fmt: skip


async def test_a_brands_slug_is_its_own(operator, slug):
    """A slug is given once, at creation and in an edit; the operator alone may write brands."""
    boss, one, other = await operator(), slug(), slug()
    for name in (one, other):
        made = ok(await boss.post("/api/mall/brands", {"slug": name, "name": {"en": name}}), 201)
    problem(await boss.post("/api/mall/brands", {"slug": one, "name": {"en": "x"}}), 409, "slug_taken")
    problem(await boss.patch(f"/api/mall/brands/{made['id']}", {"slug": one}), 409, "slug_taken")
    problem(await boss.patch(f"/api/mall/brands/{made['id']}", {"slug": "No Slug"}), 422, "invalid_slug")
    edited = ok(await boss.patch(f"/api/mall/brands/{made['id']}", {"position": -5}))
    assert (edited["position"], edited["slug"]) == (-5, other)
    problem(await boss.patch(f"/api/mall/brands/{uuid4()}", {"position": 1}), 404, "brand_not_found")


async def test_only_the_operator_writes_brands(make_desk, api, slug):
    """A store's owner and an anonymous caller may not."""
    body = {"slug": slug(), "name": {"en": "x"}}
    problem(await (await make_desk()).api.post("/api/mall/brands", body), 403, "forbidden")
    problem(await api.post("/api/mall/brands", body), 401, "unauthenticated")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "logo.svg\n"])
async def test_a_logo_is_an_address_that_cannot_run(operator, slug, url):
    """Only http addresses and paths are logos."""
    answer = await (await operator()).post("/api/mall/brands", {"slug": slug(), "name": {"en": "x"}, "logo_url": url})
    assert answer.status_code == 422


async def test_a_brand_is_sold_over_stores(operator, make_desk, slug, api):
    """A brand's list has what every open store sells of it, and nothing else."""
    boss, name = await operator(), slug()
    brand = ok(await boss.post("/api/mall/brands", {"slug": name, "name": {"en": "x"}}), 201)
    desks = [await make_desk() for _ in range(2)]
    closed = await make_desk(state="closed")
    made = [await desk.product(brand_id=brand["id"], on_sale=True) for desk in [*desks, closed]]
    await desks[0].product(on_sale=True)
    await desks[0].product(brand_id=brand["id"])
    listed = ok(await api.get(f"/api/brands/{name}/products"))["items"]
    assert [row["id"] for row in listed] == [made[1]["id"], made[0]["id"]]
    assert listed[0]["brand"] == {"slug": name, "name": "x"}
    problem(await api.get("/api/brands/no-such-brand/products"), 404, "brand_not_found")


async def test_brands_are_listed_in_the_malls_order(operator, slug, api):
    """Pages of brands follow position and never repeat one."""
    boss = await operator()
    for _ in range(3):
        ok(await boss.post("/api/mall/brands", {"slug": slug(), "name": {"en": "x"}, "position": 5}), 201)
    seen, cursor = [], None
    while True:
        page = ok(await api.get("/api/brands", params={"limit": 2} | ({"cursor": cursor} if cursor else {})))
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) >= 3
