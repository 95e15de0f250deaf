from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from galleria.core.catalog import categories
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem


@pytest.fixture
def grow(operator, slug):
    """Platform categories: `await grow(parent)` gives a new one below a parent; `grow.api` acts as the operator."""

    class Gardener:
        async def __call__(self, parent=None, **fields):
            self.api = await operator()
            name = slug("c")
            body = {"slug": name, "name": {"zh-CN": f"类 {name}", "en": name}, "parent_id": parent and parent["id"]}
            return ok(await self.api.post("/api/mall/categories", body | fields), 201)

        async def move(self, node, parent):
            return await self.api.patch(f"/api/mall/categories/{node['id']}", {"parent_id": parent and parent["id"]})

    return Gardener()


def find(nodes, identity):
    return next((node for node in nodes if node["id"] == identity), None)


async def test_the_platforms_tree_is_shown_in_the_readers_language(grow, api):
    """Nodes are nested, each list in its order, in one language."""
    root = await grow()
    second, first = await grow(root, position=2), await grow(root, position=1)
    tree = ok(await api.get("/api/categories", headers={"Accept-Language": "zh"}))["items"]
    node = find(tree, root["id"])
    assert node["name"] == root["name"]["zh-CN"]
    assert [child["id"] for child in node["children"]] == [first["id"], second["id"]]


async def test_a_tree_that_has_not_changed_is_not_sent_again(grow, api):
    """With the ETag of the last answer, 304 and no body; after a change, the new tree."""
    root = await grow()
    tag = (await api.get("/api/categories")).headers["etag"]
    again = await api.get("/api/categories", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    ok(await grow.api.patch(f"/api/mall/categories/{root['id']}", {"name": {"en": "Renamed"}}))
    assert (await api.get("/api/categories", headers={"If-None-Match": tag})).status_code == 200


async def test_slugs_are_unique_below_one_parent(grow):
    """The same slug is taken below the same parent, free below another."""
    one, other = await grow(), await grow()
    child = await grow(one)
    body = {"slug": child["slug"], "name": {"en": "x"}, "parent_id": one["id"]}
    problem(await grow.api.post("/api/mall/categories", body), 409, "slug_taken")
    body["parent_id"] = other["id"]
    moved = ok(await grow.api.post("/api/mall/categories", body), 201)
    problem(await grow.move(moved, one), 409, "slug_taken")


@pytest.mark.parametrize("slug", ["", "Upper", "two words", "-edge", "a_b", "a--b", "x" * 81])
async def test_a_slug_that_is_none_is_refused(operator, slug):
    """Slugs are small letters, digits and single hyphens."""
    answer = await (await operator()).post("/api/mall/categories", {"slug": slug, "name": {"en": "x"}})
    assert answer.status_code == 422


async def test_a_category_cannot_lie_below_itself(grow, sound):
    """Moving a node below itself or below a descendant is refused; to the root is fine."""
    root = await grow()
    child = await grow(root)
    leaf = await grow(child)
    for target in (root, child, leaf):
        problem(await grow.move(root, target), 409, "category_cycle")
    assert ok(await grow.move(leaf, None))["parent_id"] is None
    await sound()


async def test_eight_levels_and_no_more(grow):
    """A ninth level is refused, when made and when moved."""
    nodes = [await grow()]
    for _ in range(7):
        nodes.append(await grow(nodes[-1]))
    body = {"slug": "ninth", "name": {"en": "x"}, "parent_id": nodes[-1]["id"]}
    problem(await grow.api.post("/api/mall/categories", body), 409, "category_too_deep")
    pair = await grow()
    await grow(pair)
    problem(await grow.move(pair, nodes[6]), 409, "category_too_deep")


async def test_a_category_in_use_stays(grow, make_desk):
    """With a subcategory or a product it cannot be deleted; empty it can, once."""
    root = await grow()
    child = await grow(root)
    path = f"/api/mall/categories/{root['id']}"
    problem(await grow.api.delete(path), 409, "category_not_empty")
    ok(await grow.api.delete(f"/api/mall/categories/{child['id']}"), 204)
    desk = await make_desk()
    product = await desk.product(category_id=root["id"])
    problem(await grow.api.delete(path), 409, "category_not_empty")
    ok(await desk.change(product, category_id=None))
    ok(await grow.api.delete(path), 204)
    problem(await grow.api.delete(path), 404, "category_not_found")


async def test_a_stores_category_in_use_stays(make_desk):
    """A store's own category with a product on its shelf cannot be deleted."""
    desk = await make_desk()
    own = await desk.category("tea")
    product = await desk.product(store_category_ids=[own["id"]])
    problem(await desk.api.delete(f"{desk.path}/categories/{own['id']}"), 409, "category_not_empty")
    ok(await desk.change(product, store_category_ids=[]))
    ok(await desk.api.delete(f"{desk.path}/categories/{own['id']}"), 204)


async def test_trees_do_not_reach_into_each_other(make_desk, grow, api):
    """A store neither changes the platform's tree nor another store's, nor hangs its nodes there."""
    desk, other = await make_desk(), await make_desk()
    own, foreign, platform = await desk.category("tea"), await other.category("tea"), await grow()
    for node in (foreign, platform):
        path = f"{desk.path}/categories/{node['id']}"
        problem(await desk.api.patch(path, {"name": {"en": "mine"}}), 404, "category_not_found")
        problem(await desk.api.delete(path), 404, "category_not_found")
        body = {"slug": "below", "name": {"en": "x"}, "parent_id": node["id"]}
        problem(await desk.api.post(f"{desk.path}/categories", body), 404, "category_not_found")
    problem(await desk.api.post("/api/mall/categories", {"slug": "x", "name": {"en": "x"}}), 403, "forbidden")
    problem(await api.post("/api/mall/categories", {"slug": "x", "name": {"en": "x"}}), 401, "unauthenticated")
    assert ok(await api.get(f"{desk.shop.path}/categories"))["items"] == [
        {"id": own["id"], "slug": "tea", "name": "Tea", "children": []}
    ]
    assert [row["id"] for row in ok(await desk.api.get(f"{desk.path}/categories"))["items"]] == [own["id"]]


async def cross(grow, monkeypatch):
    """Move two roots below each other at once; how many moves were done."""
    one, other = await grow(), await grow()
    read = categories.lock_tree

    async def slow(*args):
        found = await read(*args)
        await asyncio.sleep(0.1)
        return found

    monkeypatch.setattr(categories, "lock_tree", slow)
    answers = await asyncio.gather(grow.move(one, other), grow.move(other, one))
    monkeypatch.undo()
    return sum(answer.status_code == 200 for answer in answers), one


async def test_two_moves_at_once_make_no_circle(grow, monkeypatch, sound):
    """Of two roots moved below each other at the same time, one stays."""
    assert (await cross(grow, monkeypatch))[0] == 1
    await sound()


async def test_without_the_trees_lock_two_moves_make_a_circle(grow, monkeypatch):
    """The control: with the lock off both moves are done."""
    monkeypatch.setattr(categories, "_LOCK", "")
    done, one = await cross(grow, monkeypatch)
    assert done == 2
    await db.execute("UPDATE category SET parent_id = NULL WHERE id = $1", one["id"])


async def test_a_category_is_not_deleted_under_a_product_that_is_being_made(make_desk):
    """Deleting a store's category while a product is put on its shelf: one of the two is refused."""
    desk = await make_desk()
    own = await desk.category("tea")
    body = {"code": uuid4().hex, "name": {"en": "x"}, "store_category_ids": [own["id"]]}
    for _ in range(5):
        answers = await asyncio.gather(
            desk.api.post(
                f"{desk.path}/products", body | {"code": uuid4().hex, "skus": [{"code": uuid4().hex, "price": 1}]}
            ),
            desk.api.delete(f"{desk.path}/categories/{own['id']}"),
        )
        assert sum(answer.status_code in (201, 204) for answer in answers) == 1
        if answers[1].status_code == 204:
            break
