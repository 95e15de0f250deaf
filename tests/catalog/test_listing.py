from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.catalog.service import count_sold
from galleria.core.http import cursors
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem


def sku(price):
    return {"code": uuid4().hex, "price": price}


@pytest.fixture
def shelf(make_desk):
    """A store with products on sale at the given prices, in this order of time."""

    async def make(*prices, **shop):
        desk = await make_desk(**shop)
        return desk, [await desk.product(skus=[sku(price)], on_sale=True) for price in prices]

    return make


async def ids(api, path, **params):
    return [row["id"] for row in ok(await api.get(path, params=params))["items"]]


async def test_only_what_can_be_bought_is_listed(shelf, api):
    """Drafts and products off sale are not in the list; a closed store's list is empty."""
    desk, [shown, hidden] = await shelf(100, 200)
    await desk.product()
    ok(await desk.api.post(f"{desk.path}/products/{hidden['id']}/take-off-sale", key=""))
    assert await ids(api, f"{desk.shop.path}/products") == [shown["id"]]
    await db.execute("UPDATE store SET state = 'closed' WHERE id = $1", desk.shop.id)
    assert await ids(api, f"{desk.shop.path}/products") == []
    problem(await api.get(f"{desk.shop.path}/products/{shown['id']}"), 404, "product_not_found")


async def test_an_item_shows_prices_in_the_stores_currency_and_one_language(make_desk, api):
    """Money has its currency, texts are in the reader's language, and nothing of cost or minimum price is said."""
    desk = await make_desk(currency="JPY")
    body = {"code": uuid4().hex, "price": 500, "cost": 100, "minimum_price": 300}
    await desk.product(skus=[body], on_sale=True, image_urls=["/m/1.webp", "/m/2.webp"])
    answer = await api.get(f"{desk.shop.path}/products", headers={"Accept-Language": "en"})
    [item] = ok(answer)["items"]
    assert (item["price"], item["name"], item["image_url"]) == (
        {"amount": 500, "currency": "JPY"},
        "Thermos",
        "/m/1.webp",
    )
    assert item["store"]["slug"] == desk.shop.slug
    assert "cost" not in answer.text
    assert "minimum" not in answer.text


async def test_every_order_pages_through_everything_once(shelf, api, mall):
    """In each order, pages of two show every product once, also where sort keys are equal."""
    desk, made = await shelf(300, 100, 200, 100, 300)
    await count_sold([(row["id"], units) for row, units in zip(made, (0, 5, 5, 1, 9), strict=True)])
    orders = {"newest": (4, 3, 2, 1, 0), "price": (1, 3, 2, 0, 4), "-price": (4, 0, 2, 3, 1), "sold": (4, 2, 1, 3, 0)}
    for sort, places in orders.items():
        seen, cursor = [], None
        while True:
            params = {"sort": sort, "limit": 2} | ({"cursor": cursor} if cursor else {})
            page = ok(await api.get(f"{desk.shop.path}/products", params=params))
            seen += [row["id"] for row in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == [made[place]["id"] for place in places], sort


async def test_what_is_added_meanwhile_shifts_no_page(shelf, api):
    """A product that goes on sale between two pages makes no other appear twice."""
    desk, [first, second] = await shelf(100, 200)
    page = ok(await api.get(f"{desk.shop.path}/products", params={"limit": 1}))
    await desk.product(on_sale=True)
    rest = ok(await api.get(f"{desk.shop.path}/products", params={"limit": 1, "cursor": page["next_cursor"]}))
    assert [row["id"] for row in page["items"] + rest["items"]] == [second["id"], first["id"]]


@pytest.mark.parametrize(
    "cursor",
    ["x", "💥", cursors.encode(None), cursors.encode(["price", -1, str(uuid4())]),
     cursors.encode(["price", 2**64, str(uuid4())]), cursors.encode(["sold", 1, str(uuid4())]),
     cursors.encode(["newest", "2026-01-01T00:00:00", str(uuid4())])],
)  # fmt: skip
async def test_a_cursor_that_is_not_of_this_list_is_refused(api, cursor):
    """Nonsense, another order's cursor and a forged key are all 422."""
    answer = await api.get("/api/products", params={"sort": "price", "cursor": cursor})
    problem(answer, 422, "invalid_cursor")


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 101},
        {"sort": "name"},
        {"min_price": -1},
        {"category": "x"},
        {"currency": "yuan"},
        {"store_flag": "x"},
    ],
)
async def test_a_parameter_that_cannot_be_is_refused(api, params):
    """Parameters out of range are the client's mistake."""
    assert (await api.get("/api/products", params=params)).status_code == 422


async def test_a_price_range_is_inclusive(shelf, api):
    """`min_price` and `max_price` include their ends."""
    desk, made = await shelf(100, 200, 300)
    path = f"{desk.shop.path}/products"
    assert await ids(api, path, min_price=200) == [made[2]["id"], made[1]["id"]]
    assert await ids(api, path, max_price=200, sort="price") == [made[0]["id"], made[1]["id"]]
    assert await ids(api, path, min_price=101, max_price=199) == []


async def test_a_category_includes_everything_below_it(make_desk, operator, slug, api):
    """Both trees filter by subtree, and an unknown category has nothing in it."""
    boss, desk = await operator(), await make_desk()
    root = ok(await boss.post("/api/mall/categories", {"slug": slug(), "name": {"en": "R"}}), 201)
    leaf = ok(
        await boss.post("/api/mall/categories", {"slug": slug(), "name": {"en": "L"}, "parent_id": root["id"]}), 201
    )
    tea = await desk.category("tea")
    green = await desk.category("green", parent_id=tea["id"])
    product = await desk.product(category_id=leaf["id"], store_category_ids=[green["id"]], on_sale=True)
    await desk.product(on_sale=True)
    path = f"{desk.shop.path}/products"
    for node in (root, leaf):
        assert await ids(api, path, category=node["id"]) == [product["id"]]
        assert await ids(api, "/api/products", category=node["id"]) == [product["id"]]
    for node in (tea, green):
        assert await ids(api, path, store_category=node["id"]) == [product["id"]]
    assert await ids(api, path, category=str(uuid4())) == []
    assert await ids(api, path, category=green["id"]) == []


async def test_the_malls_list_spans_stores_and_filters_by_brand_and_flag(make_desk, operator, slug, api):
    """Products of all open stores, of one brand by slug or id, of stores that are brands' own or featured."""
    name = slug()
    brand = ok(await (await operator()).post("/api/mall/brands", {"slug": name, "name": {"en": "B"}}), 201)
    desks = [await make_desk() for _ in range(3)]
    made = [await desk.product(brand_id=brand["id"], on_sale=True) for desk in desks]
    await db.execute("UPDATE store SET is_brand = true WHERE id = $1", desks[0].shop.id)
    await db.execute("UPDATE store SET is_featured = true WHERE id = $1", desks[1].shop.id)
    assert await ids(api, "/api/products", brand=name) == [row["id"] for row in reversed(made)]
    assert await ids(api, "/api/products", brand=brand["id"], store_flag="brand") == [made[0]["id"]]
    assert await ids(api, "/api/products", brand=name, store_flag="featured") == [made[1]["id"]]
    assert await ids(api, "/api/products", brand="no-such-brand") == []


async def test_prices_of_different_currencies_are_never_compared(make_desk, operator, slug, api):
    """Where prices filter or sort, the list has one currency: the mall's, or the one that is named."""
    name = slug()
    brand = ok(await (await operator()).post("/api/mall/brands", {"slug": name, "name": {"en": "B"}}), 201)
    yuan, yen = [
        await (await make_desk(currency=code)).product(brand_id=brand["id"], on_sale=True) for code in ("CNY", "JPY")
    ]
    assert await ids(api, "/api/products", brand=name) == [yen["id"], yuan["id"]]
    assert await ids(api, "/api/products", brand=name, sort="price") == [yuan["id"]]
    assert await ids(api, "/api/products", brand=name, sort="price", currency="JPY") == [yen["id"]]


async def test_a_list_that_has_not_changed_is_not_sent_again(shelf, api):
    """Lists answer 304 to the ETag that they gave, per language."""
    desk, _ = await shelf(100)
    path = f"{desk.shop.path}/products"
    first = await api.get(path)
    assert (await api.get(path, headers={"If-None-Match": first.headers["etag"]})).status_code == 304
    other = await api.get(path, headers={"If-None-Match": first.headers["etag"], "Accept-Language": "en"})
    assert (other.status_code, other.headers["vary"]) == (200, "Accept-Language")
