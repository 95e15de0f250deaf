from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from galleria.core.cart import queries, service
from galleria.core.cart.holders import Holder
from galleria.core.catalog.tables import Sku
from galleria.core.ids import new_id
from galleria.core.storage import db
from galleria.core.testing.client import problem

from .baskets import lines_of

MANY = 20


async def fill(mall, account_id, goods, lines):
    """Put `lines` lines of the product's first SKU into an account's cart, each with other extra data."""
    await service.add_line(mall, Holder(account_id), sku_id=goods.sku, quantity=1)
    cart = await queries.contents(account_id)
    await db.execute(
        "INSERT INTO cart_line (id, cart_id, store_id, sku_id, variant_key, quantity, selected, seen_price, extra, "
        "created_at) SELECT gen_random_uuid(), $1, $2, $3, 'v' || n, 1, false, 1, '{\"x\": 1}', now() "
        "FROM generate_series(2, $4::int) n",
        cart.cart_id,
        goods.shop.id,
        goods.sku,
        lines,
    )
    return cart.cart_id


async def test_adding_one_sku_again_adds_up_in_one_line(basket, make_shop, make_goods):
    """Two additions of a SKU are one line of their sum, and each moves the version on by one."""
    mine, sku = await basket(), (await make_goods(await make_shop())).sku
    first = await mine.add(sku, 2)
    second = await mine.add(sku, 3)
    (line,) = lines_of(second)
    assert (line["quantity"], first["version"], second["version"]) == (5, 1, 2)
    assert line["line_id"] == lines_of(first)[0]["line_id"]


async def test_other_extra_data_is_another_line(basket, plugin, make_shop, make_goods):
    """Lines of one SKU differ by their extra data, in which the order of members does not count."""
    mine, sku = await basket(), (await make_goods(await make_shop())).sku
    await mine.add(sku, 1, extra={plugin: {"text": "hi", "font": 2}})
    await mine.add(sku, 1, extra={plugin: {"font": 2, "text": "hi"}})
    cart = await mine.add(sku, 4)
    assert [(line["quantity"], line["extra"]) for line in lines_of(cart)] == [
        (2, {plugin: {"text": "hi", "font": 2}}),
        (4, {}),
    ]


async def test_extra_data_belongs_to_an_installed_plugin(basket, make_shop, make_goods):
    """Data that no installed plugin can make sense of is refused, with its path."""
    mine, sku = await basket(), (await make_goods(await make_shop())).sku
    refused = problem(await mine.send_add(sku, extra={"nobody": 1}), 422, "unknown_plugin")
    assert refused["errors"][0]["path"] == "extra.nobody"


async def test_extra_data_is_for_a_plugin_that_is_on(basket, wishes, make_shop, make_goods, enable_plugin):
    """On in the line's store, or for the mall; another store does not count."""
    mine, here, there = await basket(), await make_shop(), await make_shop()
    skus = {shop.id: (await make_goods(shop)).sku for shop in (here, there)}
    await enable_plugin(wishes, here)
    await mine.add(skus[here.id], extra={wishes: 1})
    refused = problem(await mine.send_add(skus[there.id], extra={wishes: 1}), 422, "plugin_off")
    assert refused["errors"][0]["path"] == f"extra.{wishes}"
    await enable_plugin(wishes)
    await mine.add(skus[there.id], extra={wishes: 1})


@pytest.mark.parametrize("data", ["x" * 5000, [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]], {"a": {"b": ["x" * 4100]}}])
async def test_extra_data_is_small(basket, plugin, make_shop, make_goods, data):
    """Extra data that is long, or nested deeply, is refused."""
    mine, sku = await basket(), (await make_goods(await make_shop())).sku
    refused = problem(await mine.send_add(sku, extra={plugin: data}), 422, "extra_too_large")
    assert refused["errors"][0]["path"] == "extra"


@pytest.mark.parametrize("quantity", [0, -1, 10_000, 10**30, 1.5, "two", True, None])
async def test_a_quantity_is_between_1_and_9999(basket, make_shop, make_goods, quantity):
    """Any other quantity is refused with the field's path, in an addition and in a change."""
    mine, sku = await basket(), (await make_goods(await make_shop())).sku
    line_id = lines_of(await mine.add(sku))[0]["line_id"]
    for response in (await mine.send_add(sku, quantity), await mine.send_change(line_id, quantity=quantity)):
        assert problem(response, 422, "invalid")["errors"][0]["path"] == "quantity"
    assert lines_of(await mine.read())[0]["quantity"] == 1


async def test_a_line_holds_9999_units(basket, make_shop, make_goods):
    """An addition that would take a line beyond 9999 is refused and changes nothing."""
    mine, sku = await basket(), (await make_goods(await make_shop(), stock=20_000)).sku
    await mine.add(sku, 9_998)
    await mine.add(sku, 1)
    refused = problem(await mine.send_add(sku, 1), 422, "quantity_too_large")
    assert refused["errors"][0]["path"] == "quantity"
    cart = await mine.read()
    assert (lines_of(cart)[0]["quantity"], cart["version"]) == (9_999, 2)


async def test_an_unknown_sku_is_not_found(basket):
    """A SKU that never was cannot be added."""
    problem(await (await basket()).send_add(uuid4()), 404, "sku_not_found")


@pytest.mark.parametrize(
    ("shop", "goods", "reason"),
    [
        ({"state": "closed"}, {}, "store_closed"),
        ({}, {"state": "draft"}, "off_sale"),
        ({}, {"state": "off_sale"}, "off_sale"),
        ({}, {"stock": 0}, "out_of_stock"),
    ],
)
async def test_what_cannot_be_sold_is_not_added(basket, make_shop, make_goods, shop, goods, reason):
    """An addition is refused with the reason, and makes no cart."""
    mine = await basket()
    refused = problem(
        await mine.send_add((await make_goods(await make_shop(**shop), **goods)).sku), 409, "not_for_sale"
    )
    assert refused["reason"] == reason
    assert (await mine.read())["cart_id"] is None


async def test_an_inactive_sku_is_not_added(basket, make_shop, make_goods):
    """A variant that was taken off sale alone is refused as well."""
    sku = (await make_goods(await make_shop())).sku
    await Sku.update({Sku.active: False}).where(Sku.id == sku).run()
    assert problem(await (await basket()).send_add(sku), 409, "not_for_sale")["reason"] == "off_sale"


async def test_a_repeated_addition_adds_nothing(basket, make_shop, make_goods):
    """The same key and body add once; the answer is the cart, marked as replayed."""
    mine, sku, key = await basket(), (await make_goods(await make_shop())).sku, uuid4().hex
    await mine.add(sku, 2, key=key)
    response = await mine.send_add(sku, 2, key=key)
    assert lines_of(mine.seen(response, 201))[0]["quantity"] == 2
    assert response.headers["idempotency-replayed"] == "true"
    assert mine.version == 1


async def test_a_repetition_is_answered_when_the_sku_is_gone(basket, make_shop, make_goods):
    """What was added once is not refused to the repeated request, although it could not be added now."""
    mine, sku, key = await basket(), (await make_goods(await make_shop())).sku, uuid4().hex
    await mine.add(sku, 2, key=key)
    await Sku.update({Sku.active: False}).where(Sku.id == sku).run()
    cart = await mine.add(sku, 2, key=key)
    assert [line["reason"] for line in cart["unavailable"]] == ["off_sale"]


async def test_a_key_is_not_used_for_another_addition(basket, make_shop, make_goods):
    """The same key with another body is refused; without a key nothing is added."""
    mine, sku, key = await basket(), (await make_goods(await make_shop())).sku, uuid4().hex
    await mine.add(sku, 2, key=key)
    problem(await mine.send_add(sku, 3, key=key), 422, "idempotency_key_reused")
    problem(await mine.send_add(sku, 3, key=""), 400, "idempotency_key_required")
    assert lines_of(await mine.read())[0]["quantity"] == 2


async def test_a_line_is_changed_and_taken_out(basket, make_shop, make_goods):
    """Quantity and selection are set alone or together; a line that is taken out is gone."""
    mine, goods = await basket(), await make_goods(await make_shop(), prices=[100, 200])
    for sku in goods.skus:
        cart = await mine.add(sku)
    first, second = (line["line_id"] for line in lines_of(cart))
    await mine.change(first, quantity=7)
    await mine.change(first, selected=False)
    cart = await mine.change(second, quantity=3, selected=True)
    assert [(line["quantity"], line["selected"]) for line in lines_of(cart)] == [(7, False), (3, True)]
    assert cart["version"] == 5
    cart = await mine.take_out(first)
    assert [line["line_id"] for line in lines_of(cart)] == [second]


async def test_a_change_says_what_changes(basket, make_shop, make_goods):
    """A change without a value, with null or with an unknown field is refused."""
    mine = await basket()
    line_id = lines_of(await mine.add((await make_goods(await make_shop())).sku))[0]["line_id"]
    problem(await mine.send_change(line_id), 422, "nothing_to_change")
    problem(await mine.send_change(line_id, selected=None), 422, "invalid")
    problem(await mine.send_change(line_id, price=1), 422, "invalid")


async def test_a_line_of_somebody_else_is_not_found(basket, make_shop, make_goods):
    """The id of a line in another cart is like one that never was, and leaves both carts as they are."""
    mine, other, sku = await basket(), await basket(), (await make_goods(await make_shop())).sku
    await mine.add(sku)
    foreign = lines_of(await other.add(sku))[0]["line_id"]
    for line_id in (foreign, new_id()):
        problem(await mine.send_change(line_id, quantity=5), 404, "line_not_found")
        problem(await mine.send_take_out(line_id), 404, "line_not_found")
    assert (await mine.read())["version"] == 1
    assert lines_of(await other.read())[0]["quantity"] == 1


async def test_a_cart_holds_200_lines(mall, basket, make_person, make_shop, make_goods):
    """The 201st line is refused; more units of a line that is there are not."""
    person, goods = await make_person(), await make_goods(await make_shop(), prices=[100, 200])
    mine = await basket(person)
    await fill(mall, person.id, goods, 200)
    problem(await mine.send_add(goods.skus[1]), 409, "cart_full")
    cart = await mine.add(goods.sku, 4)
    assert max(line["quantity"] for line in lines_of(cart)) == 5


async def test_parallel_additions_do_not_overfill(mall, basket, make_person, make_shop, make_goods):
    """Of ten different SKUs that are added at once to 199 lines, exactly one gets in."""
    person, goods = await make_person(), await make_goods(await make_shop(), prices=[100] * 11)
    mine = await basket(person)
    cart_id = await fill(mall, person.id, goods, 199)
    responses = await asyncio.gather(*(mine.send_add(sku) for sku in goods.skus[1:]))
    assert sorted(response.status_code for response in responses) == [201] + [409] * 9
    assert await db.fetch_value("SELECT count(*) FROM cart_line WHERE cart_id = $1", cart_id) == 200


async def test_counting_first_would_overfill(mall, make_person, make_shop, make_goods):
    """The control: where each counts before anybody writes, and no cart is locked, all ten get in."""
    person, goods = await make_person(), await make_goods(await make_shop(), prices=[100] * 11)
    cart_id, barrier = await fill(mall, person.id, goods, 199), asyncio.Barrier(10)

    async def add_unguarded(sku):
        count = await db.fetch_value("SELECT count(*) FROM cart_line WHERE cart_id = $1", cart_id)
        await barrier.wait()
        if count < 200:
            line = (new_id(), cart_id, goods.shop.id, sku, "", 1, 100, {}, mall.now(), 9999)
            await db.fetch_row(service._ADD, *line)

    await asyncio.gather(*(add_unguarded(sku) for sku in goods.skus[1:]))
    assert await db.fetch_value("SELECT count(*) FROM cart_line WHERE cart_id = $1", cart_id) == 209
    await db.execute("DELETE FROM cart WHERE id = $1", cart_id)


async def test_parallel_additions_add_up(basket, make_shop, make_goods):
    """Twenty additions at once, the first of which makes the cart, end in the exact sum and twenty versions."""
    mine, sku = await basket(), (await make_goods(await make_shop(), stock=1000)).sku
    responses = await asyncio.gather(*(mine.send_add(sku, 1 + number) for number in range(MANY)))
    assert {response.status_code for response in responses} == {201}
    cart = await mine.read()
    assert ([line["quantity"] for line in lines_of(cart)], cart["version"]) == ([210], MANY)


async def test_reading_then_writing_would_lose_additions(mall, make_person, make_shop, make_goods):
    """The control: where each reads the quantity and writes the sum, only one of the additions is left."""
    person, sku, barrier = await make_person(), (await make_goods(await make_shop())).sku, asyncio.Barrier(MANY)
    await service.add_line(mall, Holder(person.id), sku_id=sku, quantity=1)
    (line,) = (await queries.contents(person.id)).lines

    async def add_unguarded():
        quantity = await db.fetch_value("SELECT quantity FROM cart_line WHERE id = $1", line.id)
        await barrier.wait()
        await db.execute("UPDATE cart_line SET quantity = $2 WHERE id = $1", line.id, quantity + 1)

    await asyncio.gather(*(add_unguarded() for _ in range(MANY)))
    assert (await queries.contents(person.id)).lines[0].quantity == 2


async def test_what_was_bought_leaves_the_cart(mall, make_person, make_shop, make_goods):
    """Lines are removed in one version; lines of other carts, and none at all, change nothing."""
    people, goods = [await make_person(), await make_person()], await make_goods(await make_shop(), prices=[1, 2, 3])
    for person in people:
        for sku in goods.skus:
            await service.add_line(mall, Holder(person.id), sku_id=sku, quantity=1)
    mine, other = [await queries.contents(person.id) for person in people]
    bought = [mine.lines[0].id, mine.lines[2].id]
    await service.remove_lines(mine.cart_id, [*bought, other.lines[0].id, new_id()])
    await service.remove_lines(mine.cart_id, [])
    left = await queries.contents(people[0].id)
    assert (left.lines, left.version) == ((mine.lines[1],), mine.version + 1)
    assert await queries.contents(people[1].id) == other


async def test_a_placing_that_fails_keeps_the_lines(mall, make_person, make_shop, make_goods):
    """Lines are removed in the caller's transaction, and are back when that is undone."""
    person, sku = await make_person(), (await make_goods(await make_shop())).sku
    await service.add_line(mall, Holder(person.id), sku_id=sku, quantity=1)
    before = await queries.contents(person.id)

    @db.atomic
    async def place():
        await service.remove_lines(before.cart_id, [before.lines[0].id])
        raise RuntimeError("no stock")

    with pytest.raises(RuntimeError):
        await place()
    assert await queries.contents(person.id) == before
