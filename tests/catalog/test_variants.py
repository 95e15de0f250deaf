from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from galleria.core.catalog import products
from galleria.core.testing.client import ok, problem

SIZES = [{"name": "size", "values": ["S", "M", "L"]}]


@pytest.fixture
def sized(make_desk):
    """A product on sale with sizes S and L."""

    async def make():
        desk, code = await make_desk(), uuid4().hex[:8]
        skus = [
            {"code": f"{code}-{size}", "price": price, "options": {"size": size}}
            for size, price in (("S", 500), ("L", 900))
        ]
        return desk, await desk.product(options=SIZES, skus=skus, on_sale=True)

    return make


def put_price(desk, product, place, **body):
    sku = product["skus"][place]["id"]
    return desk.api.put(f"{desk.path}/products/{product['id']}/skus/{sku}/price", body)


def prices(product):
    return product["price"]["amount"], product["max_price"]["amount"]


async def test_a_sku_is_added_and_the_price_range_follows(sized, sound):
    """A new SKU comes last and may be the cheapest; the product gets a new version."""
    desk, product = await sized()
    body = {"code": uuid4().hex, "price": 300, "options": {"size": "M"}}
    wider = ok(await desk.api.post(f"{desk.path}/products/{product['id']}/skus", body), 201)
    assert (prices(wider), wider["skus"][-1]["position"], wider["version"]) == ((300, 900), 2, product["version"] + 1)
    await sound()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"options": {"size": "S"}}, "options_taken"),
        ({"options": {"size": "XL"}}, "option_unknown"),
        ({"options": {}}, "options_mismatch"),
        ({"options": {"size": "M"}, "price": 1, "minimum_price": 2}, "minimum_price_above_price"),
    ],
)
async def test_a_sku_that_does_not_fit_is_refused(sized, fields, code):
    """Options must be the product's axes with known values, in a combination that is free."""
    desk, product = await sized()
    body = {"code": uuid4().hex, "price": 300, **fields}
    problem(await desk.api.post(f"{desk.path}/products/{product['id']}/skus", body), 422, code)


async def test_a_code_that_the_store_has_is_refused(sized):
    """Adding or renaming a SKU to a taken code is a conflict."""
    desk, product = await sized()
    taken = product["skus"][0]["code"]
    body = {"code": taken, "price": 300, "options": {"size": "M"}}
    problem(await desk.api.post(f"{desk.path}/products/{product['id']}/skus", body), 409, "sku_code_taken")
    problem(await desk.change(product, f"/skus/{product['skus'][1]['id']}", code=taken), 409, "sku_code_taken")


async def test_a_deactivated_sku_leaves_the_price_range_and_frees_its_options(sized, sound):
    """Only active SKUs count for prices and for combinations of options; coming back needs a free one."""
    desk, product = await sized()
    large = f"/skus/{product['skus'][1]['id']}"
    without = ok(await desk.change(product, large, active=False))
    assert prices(without) == (500, 500)
    moved = ok(await desk.change(without, f"/skus/{product['skus'][0]['id']}", options={"size": "L"}))
    problem(await desk.change(moved, large, active=True), 422, "options_taken")
    await sound()


async def test_the_last_active_sku_of_a_product_on_sale_stays(sized):
    """Deactivating it is refused until the product is off sale."""
    desk, product = await sized()
    one_left = ok(await desk.change(product, f"/skus/{product['skus'][1]['id']}", active=False))
    last = f"/skus/{product['skus'][0]['id']}"
    problem(await desk.change(one_left, last, active=False), 409, "last_active_sku")
    off_sale = ok(await desk.api.post(f"{desk.path}/products/{product['id']}/take-off-sale", key=""))
    ok(await desk.change(off_sale, last, active=False))


async def test_an_edit_of_an_unknown_sku_or_an_old_version_is_refused(sized):
    """A SKU of another product is not found; a stale version is 412."""
    desk, product = await sized()
    other = await desk.product()
    problem(await desk.change(product, f"/skus/{other['skus'][0]['id']}", cost=1), 404, "sku_not_found")
    ok(await desk.change(product, f"/skus/{product['skus'][0]['id']}", cost=1))
    problem(await desk.change(product, f"/skus/{product['skus'][0]['id']}", cost=2), 412, "version_mismatch")


async def test_a_price_change_moves_revision_and_range(sized, sound):
    """A new price has the next revision, and the product's lowest price follows; the product's version stays."""
    desk, product = await sized()
    changed = ok(await put_price(desk, product, 0, price=400, minimum_price=350))
    sku = changed["skus"][0]
    assert (sku["price"]["amount"], sku["minimum_price"]["amount"], sku["price_revision"]) == (400, 350, 2)
    assert (prices(changed), changed["version"]) == ((400, 900), product["version"])
    await sound()


async def test_the_same_price_again_is_no_change(sized):
    """Sending a price twice raises the revision once, and a price of zero is a price."""
    desk, product = await sized()
    for _ in range(2):
        changed = ok(await put_price(desk, product, 0, price=0))
    assert (changed["skus"][0]["price_revision"], prices(changed)) == (2, (0, 900))


async def test_a_stale_revision_is_refused_with_the_current_one(sized):
    """`expected_revision` must be the current one."""
    desk, product = await sized()
    ok(await put_price(desk, product, 0, price=400, expected_revision=1))
    body = problem(await put_price(desk, product, 0, price=300, expected_revision=1), 409, "price_changed")
    assert body["price_revision"] == 2


async def test_a_price_below_its_minimum_is_refused(sized):
    """The minimum price, given or kept, is never above the price."""
    desk, product = await sized()
    problem(await put_price(desk, product, 0, price=10, minimum_price=11), 422, "minimum_price_above_price")
    ok(await put_price(desk, product, 0, price=10, minimum_price=10))
    problem(await put_price(desk, product, 0, price=9), 422, "minimum_price_above_price")


async def race(desk, product):
    """Ten different prices for one revision at the same time; how many were set."""
    answers = await asyncio.gather(
        *(put_price(desk, product, 0, price=100 + n, expected_revision=1) for n in range(10))
    )
    return sum(answer.status_code == 200 for answer in answers)


def linger(monkeypatch):
    read = products.skus.of_product

    async def slow(*args):
        found = await read(*args)
        await asyncio.sleep(0.1)
        return found

    monkeypatch.setattr(products.skus, "of_product", slow)


async def test_of_ten_prices_for_one_revision_one_is_set(sized, monkeypatch, sound):
    """Concurrent changes that expect the same revision do not overwrite each other."""
    desk, product = await sized()
    linger(monkeypatch)
    assert await race(desk, product) == 1
    await sound()


async def test_without_lock_and_compare_they_would_all_be_set(sized, monkeypatch):
    """The control: with the lock and the compare-and-set off, ten are told that theirs is the price."""
    from galleria.core.catalog import variants

    desk, product = await sized()
    monkeypatch.setattr(products, "_LOCK", "")
    monkeypatch.setattr(variants, "_PRICE", variants._PRICE.replace("price_revision = $7", "$7::int > 0"))
    linger(monkeypatch)
    assert await race(desk, product) == 10
