from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from galleria.core.catalog import products
from galleria.core.testing.client import ok, problem

AXES = [{"name": "size", "values": ["S", "L"]}, {"name": "colour", "values": ["red"]}]


def sku(code, price=1000, **more):
    return {"code": code, "price": price, **more}


async def test_a_product_is_made_with_its_skus_as_a_draft(make_desk, sound):
    """One request makes the product, its SKUs and their stock levels; prices span the active SKUs."""
    desk = await make_desk()
    code = uuid4().hex[:8]
    made = await desk.product(
        options=AXES,
        skus=[
            sku(f"{code}-s", 900, options={"size": "S", "colour": "red"}, cost=500, minimum_price=800, barcode="690"),
            sku(f"{code}-l", 1200, options={"size": "L", "colour": "red"}, weight_grams=350),
            sku(f"{code}-x", 9, options={}, active=False)
            | {"options": {"size": "S", "colour": "red"}, "active": False},
        ][:2],
    )
    assert (made["state"], made["version"], made["sold"], made["on_sale_at"]) == ("draft", 1, 0, None)
    assert (made["price"]["amount"], made["max_price"]["amount"]) == (900, 1200)
    assert made["skus"][0]["cost"] == {"amount": 500, "currency": "CNY"}
    assert [one["position"] for one in made["skus"]] == [0, 1]
    levels = ok(await desk.api.get(f"{desk.path}/stock"))["items"]
    assert {level["sku_id"] for level in levels} == {one["id"] for one in made["skus"]}
    await sound()


async def test_making_a_product_twice_with_one_key_makes_one(make_desk):
    """A repeated request with the same Idempotency-Key answers the first product."""
    desk = await make_desk()
    body = {"code": "twice", "name": {"en": "Twice"}, "skus": [sku("twice-1")]}
    first = ok(await desk.api.post(f"{desk.path}/products", body, key="k"), 201)
    again = ok(await desk.api.post(f"{desk.path}/products", body, key="k"), 201)
    assert first == again


async def test_codes_are_unique_in_a_store_and_free_in_another(make_desk):
    """A product's or SKU's code that the store has already is refused; another store may use it."""
    desk, other = await make_desk(), await make_desk()
    await desk.product(code="cup", skus=[sku("cup-1")])
    taken = {"code": "cup", "name": {"en": "Cup"}, "skus": [sku("cup-2")]}
    problem(await desk.api.post(f"{desk.path}/products", taken), 409, "product_code_taken")
    taken = {"code": "mug", "name": {"en": "Mug"}, "skus": [sku("cup-1")]}
    problem(await desk.api.post(f"{desk.path}/products", taken), 409, "sku_code_taken")
    assert ok(await desk.api.get(f"{desk.path}/products", params={"code": "mug"}))["items"] == []
    await other.product(code="cup", skus=[sku("cup-1")])


async def test_two_skus_of_one_request_cannot_share_a_code(make_desk):
    """The second SKU of the same code is refused, and nothing is made."""
    desk = await make_desk()
    skus = [sku("same", options={"size": "S"}), sku("same", options={"size": "L"})]
    body = {"code": "p", "name": {"en": "P"}, "options": [{"name": "size", "values": ["S", "L"]}], "skus": skus}
    problem(await desk.api.post(f"{desk.path}/products", body), 409, "sku_code_taken")


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"skus": [sku("a", 5, minimum_price=6)]}, "skus.0.minimum_price", "minimum_price_above_price"),
        ({"skus": [sku("a"), sku("b")]}, "skus.1.options", "options_taken"),
        ({"skus": [sku("a", options={"size": "S"})]}, "skus.0.options", "options_mismatch"),
        ({"options": AXES, "skus": [sku("a", options={"size": "S"})]}, "skus.0.options", "options_mismatch"),
        (
            {"options": AXES, "skus": [sku("a", options={"size": "XL", "colour": "red"})]},
            "skus.0.options",
            "option_unknown",
        ),
        ({"options": [{"name": "a=b", "values": ["x"]}]}, "options.0", "invalid_options"),
        ({"options": [{"name": "a", "values": ["x;y"]}]}, "options.0", "invalid_options"),
        ({"options": [{"name": "a", "values": ["x", "x"]}]}, "options.0", "invalid_options"),
        ({"options": [{"name": "a", "values": []}]}, "options.0", "invalid_options"),
        ({"options": [{"name": "a", "values": ["x"]}, {"name": "a", "values": ["x"]}]}, "options", "invalid_options"),
        ({"brand_id": str(uuid4())}, "brand_id", "brand_not_found"),
        ({"category_id": str(uuid4())}, "category_id", "category_not_found"),
        ({"store_category_ids": [str(uuid4())]}, "store_category_ids.0", "category_not_found"),
        ({"skus": []}, "skus", "invalid_value"),
        ({"skus": [sku("a", -1)]}, "skus.0.price", "invalid_value"),
        ({"skus": [sku("a", 1.5)]}, "skus.0.price", "invalid_value"),
        ({"skus": [sku(" a")]}, "skus.0.code", "invalid_value"),
        ({"skus": [sku("a\n")]}, "skus.0.code", "invalid_value"),
        ({"name": {}}, "name", "invalid_value"),
        ({"code": "x" * 81}, "code", "invalid_value"),
        ({"image_urls": ["javascript:alert(1)"]}, "image_urls.0", "invalid_value"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_path(make_desk, fields, path, code):
    """Each unusable value of a new product gives a field error, and nothing is made."""
    desk = await make_desk()
    body = {"code": "p", "name": {"en": "P"}, "skus": [sku("a")], **fields}
    answer = await desk.api.post(f"{desk.path}/products", body)
    assert answer.status_code == 422, answer.text
    assert (path, code) in [(error["path"], error["code"]) for error in answer.json()["errors"]]
    assert ok(await desk.api.get(f"{desk.path}/products"))["items"] == []


@pytest.mark.parametrize("field", ["state", "store_id", "min_price", "sold", "extra"])
async def test_fields_that_are_not_staffs_to_set_are_refused(make_desk, field):
    """State, store, price range and counts cannot be sent."""
    desk = await make_desk()
    body = {"code": "p", "name": {"en": "P"}, "skus": [sku("a")], field: "x"}
    assert (await desk.api.post(f"{desk.path}/products", body)).status_code == 422


async def test_a_nul_character_is_refused_and_not_a_failure(make_desk):
    """Text with NUL, which the database cannot hold, is the client's mistake."""
    desk = await make_desk()
    body = {"code": "p", "name": {"en": "a\0b"}, "skus": [sku("a")]}
    assert (await desk.api.post(f"{desk.path}/products", body)).status_code == 422


async def test_categories_of_another_store_and_of_the_wrong_tree_are_foreign(make_desk, operator, slug):
    """A store's category is no platform category, and another store's is none at all."""
    desk, other = await make_desk(), await make_desk()
    own, foreign = await desk.category("own"), await other.category("own")
    platform = ok(await (await operator()).post("/api/mall/categories", {"slug": slug(), "name": {"en": "P"}}), 201)
    for fields in (
        {"category_id": own["id"]},
        {"store_category_ids": [foreign["id"]]},
        {"store_category_ids": [platform["id"]]},
    ):
        body = {"code": "p", "name": {"en": "P"}, "skus": [sku("a")], **fields}
        problem(await desk.api.post(f"{desk.path}/products", body), 422, "category_not_found")
    made = await desk.product(category_id=platform["id"], store_category_ids=[own["id"]])
    assert (made["category_id"], made["store_category_ids"]) == (platform["id"], [own["id"]])


async def test_an_edit_needs_the_current_version(make_desk):
    """An edit without If-Match, or with an old version, is refused; the answer carries the next version."""
    desk = await make_desk()
    product = await desk.product()
    problem(await desk.api.patch(f"{desk.path}/products/{product['id']}", {}), 428, "version_required")
    edited = await desk.change(product, name={"en": "Flask"}, brand_id=None)
    assert ok(edited)["name"] == {"en": "Flask"}
    assert edited.headers["etag"] == '"v2"'
    body = problem(await desk.change(product, name={"en": "Other"}), 412, "version_mismatch")
    assert body["version"] == 2


async def test_axes_change_only_as_the_active_skus_allow(make_desk, sound):
    """Values may be added to an axis; an axis that active SKUs lack may not."""
    desk = await make_desk()
    axis = [{"name": "size", "values": ["S"]}]
    product = await desk.product(options=axis, skus=[sku(uuid4().hex, options={"size": "S"})])
    wider = ok(await desk.change(product, options=[{"name": "size", "values": ["S", "M"]}]))
    assert wider["options"] == [{"name": "size", "values": ["S", "M"]}]
    problem(await desk.change(wider, options=[{"name": "colour", "values": ["red"]}]), 422, "options_mismatch")
    problem(await desk.change(wider, options=[{"name": "size", "values": ["M"]}]), 422, "option_unknown")
    await sound()


async def test_a_product_goes_on_sale_and_off_again(make_desk, sound):
    """draft -> on_sale -> off_sale -> on_sale; each step may be repeated, and `on_sale_at` stays the first."""
    desk = await make_desk()
    product = await desk.product()
    path = f"{desk.path}/products/{product['id']}"
    problem(await desk.api.post(f"{path}/take-off-sale", key=""), 422, "product_is_draft")
    on_sale = ok(await desk.api.post(f"{path}/put-on-sale", key=""))
    assert ok(await desk.api.post(f"{path}/put-on-sale", key="")) == on_sale
    assert ok(await desk.api.post(f"{path}/take-off-sale", key=""))["state"] == "off_sale"
    assert ok(await desk.api.post(f"{path}/take-off-sale", key=""))["state"] == "off_sale"
    again = ok(await desk.api.post(f"{path}/put-on-sale", key=""))
    assert (again["state"], again["on_sale_at"]) == ("on_sale", on_sale["on_sale_at"])
    await sound()


async def test_without_an_active_sku_nothing_goes_on_sale(make_desk):
    """A product whose SKUs are all inactive is refused."""
    desk = await make_desk()
    product = await desk.product(skus=[sku(uuid4().hex, active=False)])
    problem(await desk.api.post(f"{desk.path}/products/{product['id']}/put-on-sale", key=""), 409, "no_active_sku")


async def both(desk, product):
    """Put a product on sale and deactivate its only SKU at the same time; how many were done."""
    only = product["skus"][0]["id"]
    answers = await asyncio.gather(
        desk.api.post(f"{desk.path}/products/{product['id']}/put-on-sale", key=""),
        desk.change(product, f"/skus/{only}", active=False),
    )
    return sum(answer.status_code == 200 for answer in answers)


def linger(monkeypatch, read):
    """Have whoever reads SKUs with `read` wait before going on, so that both have read before either writes."""

    async def slow(*args):
        found = await read(*args)
        await asyncio.sleep(0.1)
        return found

    monkeypatch.setattr(products.skus, "of_product", slow)


async def test_going_on_sale_and_losing_the_last_sku_do_not_cross(make_desk, monkeypatch, sound):
    """Of putting on sale and deactivating the only SKU at once, one is refused."""
    desk = await make_desk()
    product = await desk.product()
    linger(monkeypatch, products.skus.of_product)
    assert await both(desk, product) == 1
    await sound()


async def test_without_the_products_lock_they_would_cross(make_desk, monkeypatch):
    """The control: with the lock turned off both are done, and a product on sale has nothing to sell."""
    desk = await make_desk()
    product = await desk.product()
    monkeypatch.setattr(products, "_LOCK", "")
    linger(monkeypatch, products.skus.of_product)
    assert await both(desk, product) == 2
    monkeypatch.undo()
    ok(await desk.api.post(f"{desk.path}/products/{product['id']}/take-off-sale", key=""))


async def test_staff_find_products_by_state_and_code(make_desk):
    """Staff's list shows drafts, filters by state, code and SKU code, and pages by cursor."""
    desk = await make_desk()
    made = [await desk.product(code=f"c{n}", skus=[sku(f"s{n}")], on_sale=n == 1) for n in range(3)]

    async def listed(**params):
        return ok(await desk.api.get(f"{desk.path}/products", params=params))

    assert [row["code"] for row in (await listed())["items"]] == ["c2", "c1", "c0"]
    assert [row["code"] for row in (await listed(state="on_sale"))["items"]] == ["c1"]
    assert [row["code"] for row in (await listed(code="c2"))["items"]] == ["c2"]
    assert [row["id"] for row in (await listed(sku_code="s0"))["items"]] == [made[0]["id"]]
    first = await listed(limit=2)
    assert [row["code"] for row in (await listed(limit=2, cursor=first["next_cursor"]))["items"]] == ["c0"]


@pytest.mark.parametrize("path", ["", "/put-on-sale", "/skus", "/skus/{id}", "/skus/{id}/price"])
async def test_another_stores_product_does_not_exist_here(make_desk, path):
    """Through its own store's path, staff reach no product of another store."""
    desk, other = await make_desk(), await make_desk()
    product = await other.product()
    url = f"{desk.path}/products/{product['id']}" + path.format(id=product["skus"][0]["id"])
    body = {"": {}, "/skus": sku("a"), "/skus/{id}": {}, "/skus/{id}/price": {"price": 1}}.get(path)
    method = {"": desk.api.patch, "/skus/{id}": desk.api.patch, "/skus/{id}/price": desk.api.put}.get(
        path, desk.api.post
    )
    problem(await method(url, body, headers={"If-Match": '"v1"'}), 404, "product_not_found")


async def test_who_may_do_what(make_desk, make_member, make_person, api):
    """Strangers and other stores' owners are kept out; writing the catalog does not include prices."""
    desk, other = await make_desk(), await make_desk()
    product = await desk.product()
    path = f"{desk.path}/products/{product['id']}"
    price = f"{path}/skus/{product['skus'][0]['id']}/price"
    problem(await api.get(path), 401, "unauthenticated")
    problem(await other.api.get(path), 403, "forbidden")
    problem(await api.acting_as(await make_person()).get(path), 403, "forbidden")
    writer = api.acting_as(await make_member(desk.shop, "catalog.write"))
    pricer = api.acting_as(await make_member(desk.shop, "prices.write"))
    ok(await writer.get(path))
    problem(await writer.put(price, {"price": 5}), 403, "forbidden")
    ok(await pricer.put(price, {"price": 5}))
    problem(await pricer.get(path), 403, "forbidden")
