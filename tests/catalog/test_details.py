from __future__ import annotations

from uuid import uuid4

from galleria.core.storage import db
from galleria.core.testing.client import ok, problem


async def test_a_product_is_shown_with_skus_brand_and_path(make_desk, operator, slug, api):
    """The detail has everything that a shopper chooses by, in one language, and nothing that is staff's."""
    boss, desk = await operator(), await make_desk()
    brand = ok(await boss.post("/api/mall/brands", {"slug": slug(), "name": {"en": "B"}, "logo_url": "/l.webp"}), 201)
    root = ok(await boss.post("/api/mall/categories", {"slug": slug(), "name": {"en": "Root"}}), 201)
    leaf = ok(
        await boss.post("/api/mall/categories", {"slug": slug(), "name": {"en": "Leaf"}, "parent_id": root["id"]}), 201
    )
    product = await desk.product(
        brand_id=brand["id"],
        category_id=leaf["id"],
        options=[{"name": "size", "values": ["S", "L"]}],
        skus=[
            {"code": uuid4().hex, "price": 900, "cost": 1, "options": {"size": "S"}},
            {"code": uuid4().hex, "price": 700, "cost": 1, "options": {"size": "L"}},
        ],
        on_sale=True,
    )
    answer = await api.get(f"{desk.shop.path}/products/{product['id']}", headers={"Accept-Language": "en"})
    shown = ok(answer)
    assert [node["name"] for node in shown["categories"]] == ["Root", "Leaf"]
    assert (shown["brand"]["name"], shown["brand"]["logo_url"]) == ("B", "/l.webp")
    assert [(one["options"], one["price"]["amount"]) for one in shown["skus"]] == [
        ({"size": "S"}, 900),
        ({"size": "L"}, 700),
    ]
    assert (shown["price"]["amount"], shown["max_price"]["amount"], shown["name"]) == (700, 900, "Thermos")
    assert "cost" not in answer.text
    assert "minimum" not in answer.text


async def test_in_stock_is_what_the_default_warehouse_has_free(make_shop, make_goods, api):
    """A SKU is in stock while units are free; the ETag changes with it."""
    goods = await make_goods(await make_shop(), stock=1)
    path = f"{goods.shop.path}/products/{goods.id}"
    first = await api.get(path)
    assert ok(first)["skus"][0]["in_stock"] is True
    assert (await api.get(path, headers={"If-None-Match": first.headers["etag"]})).status_code == 304
    await db.execute("UPDATE stock_level SET held = 1 WHERE sku_id = $1", goods.sku)
    again = await api.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert ok(again)["skus"][0]["in_stock"] is False


async def test_inactive_skus_are_not_shown(make_desk, api):
    """A deactivated SKU disappears from the detail."""
    desk = await make_desk()
    skus = [{"code": uuid4().hex, "price": 1, "options": {"s": s}, "active": s == "a"} for s in "ab"]
    product = await desk.product(options=[{"name": "s", "values": ["a", "b"]}], skus=skus, on_sale=True)
    shown = ok(await api.get(f"{desk.shop.path}/products/{product['id']}"))
    assert [one["options"] for one in shown["skus"]] == [{"s": "a"}]


async def test_drafts_strangers_and_other_stores_products_are_not_found(make_desk, api):
    """A draft, an unknown id, and a product under another store's path are 404."""
    desk, other = await make_desk(), await make_desk()
    draft, sold = await desk.product(), await desk.product(on_sale=True)
    for path in (
        f"{desk.shop.path}/products/{draft['id']}",
        f"{desk.shop.path}/products/{uuid4()}",
        f"{other.shop.path}/products/{sold['id']}",
    ):
        problem(await api.get(path), 404, "product_not_found")
    problem(await api.get(f"/api/stores/no-such-store/products/{sold['id']}"), 404, "store_not_found")
