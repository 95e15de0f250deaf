from __future__ import annotations

import asyncio

from galleria.core.cart import queries
from galleria.core.cart.contents import DeliveryChoice
from galleria.core.storage import db
from galleria.core.testing.client import problem

from .baskets import lines_of


async def test_two_carts_become_one(basket, anonymous, make_shop, make_goods):
    """Quantities of one SKU add up, what is new comes along, and the anonymous cart is gone."""
    mine, guest, goods = await basket(), await anonymous(), await make_goods(await make_shop(), prices=[100, 200, 300])
    one, two, three = goods.skus
    await mine.add(one, 2)
    kept = lines_of(await mine.add(two, 1))
    await guest.add(one, 5)
    await guest.add(three, 4)
    cart = await mine.merge(guest.token)
    assert [(line["sku_id"], line["quantity"]) for line in lines_of(cart)] == [
        (str(one), 7),
        (str(two), 1),
        (str(three), 4),
    ]
    assert [line["line_id"] for line in lines_of(cart)][:2] == [line["line_id"] for line in kept]
    assert cart["version"] == 3
    problem(await guest.api.get("/api/cart"), 404, "cart_not_found")
    problem(await guest.send_add(one), 404, "cart_not_found")


async def test_merging_again_changes_nothing(basket, anonymous, make_shop, make_goods):
    """The second time there is nothing to merge: the same cart, at the same version."""
    mine, guest, sku = await basket(), await anonymous(), (await make_goods(await make_shop())).sku
    await guest.add(sku, 5)
    assert await mine.merge(guest.token) == await mine.merge(guest.token)
    assert mine.version == 1


async def test_parallel_merges_count_once(basket, anonymous, make_shop, make_goods):
    """Ten merges of one token at once add its units once."""
    mine, guest, sku = await basket(), await anonymous(), (await make_goods(await make_shop())).sku
    await mine.add(sku, 1)
    await guest.add(sku, 5)
    await asyncio.gather(*(mine.merge(guest.token) for _ in range(10)))
    cart = await mine.read()
    assert (lines_of(cart)[0]["quantity"], cart["version"]) == (6, 2)


async def test_one_of_two_accounts_gets_the_cart(basket, anonymous, make_shop, make_goods):
    """A token that two accounts merge at once ends in one of their carts."""
    baskets, guest = [await basket(), await basket()], await anonymous()
    await guest.add((await make_goods(await make_shop())).sku, 5)
    await asyncio.gather(*(mine.merge(guest.token) for mine in baskets))
    found = [line["quantity"] for mine in baskets for line in lines_of(await mine.read())]
    assert found == [5]


async def test_a_sum_stops_at_9999(basket, anonymous, make_shop, make_goods):
    """Merging never makes a line larger than a line may be."""
    mine, guest = await basket(), await anonymous()
    sku = (await make_goods(await make_shop(), stock=30_000)).sku
    await mine.add(sku, 9_000)
    await guest.add(sku, 2_000)
    assert lines_of(await mine.merge(guest.token))[0]["quantity"] == 9_999


async def test_too_many_lines_are_not_merged(basket, anonymous, make_shop, make_goods):
    """When both hold more than 200 lines together, both stay as they are."""
    mine, guest = await basket(), await anonymous()
    goods = await make_goods(await make_shop(), prices=[100, 200])
    cart_id = (await mine.add(goods.sku))["cart_id"]
    await db.execute(
        "INSERT INTO cart_line (id, cart_id, store_id, sku_id, variant_key, quantity, selected, seen_price, extra, "
        "created_at) SELECT gen_random_uuid(), $1, $2, $3, 'v' || n, 1, false, 1, '{\"x\": 1}', now() "
        "FROM generate_series(2, 200) n",
        cart_id,
        goods.shop.id,
        goods.sku,
    )
    await guest.add(goods.skus[1])
    problem(await mine.api.having(X_Cart_Token=guest.token).post("/api/cart/merge", key=""), 409, "cart_full")
    assert len(lines_of(await guest.read())) == 1
    assert (await mine.read())["version"] == 1


async def test_choices_of_the_account_win(basket, anonymous, plugin, make_person, make_shop, enable_plugin):
    """Asks of a plugin in a scope, and a store's delivery, come from the guest only where the account has none."""
    person, shop, other, guest = await make_person(), await make_shop(), await make_shop(), await anonymous()
    await enable_plugin(plugin, shop)
    mine = await basket(person)
    await mine.ask({"plugin": plugin, "reference": "mine"})
    await guest.ask(
        {"plugin": plugin, "reference": "theirs"},
        {"plugin": plugin, "reference": "coupon", "store_id": str(shop.id)},
    )
    mine.seen(await mine.send_delivery(shop.slug, method="shipping"))
    guest.seen(await guest.send_delivery(other.slug, method="shipping"))
    cart = await mine.merge(guest.token)
    assert [(ask["reference"], ask["store_id"]) for ask in cart["asks"]] == [("mine", None), ("coupon", str(shop.id))]
    assert set((await queries.contents(person.id)).delivery) == {shop.id, other.id}
    assert (await queries.contents(person.id)).delivery[shop.id] == DeliveryChoice("shipping")


async def test_an_account_without_a_cart_gets_one(basket, anonymous, make_shop, make_goods):
    """What the guest chose not to buy now stays unselected."""
    mine, guest = await basket(), await anonymous()
    line_id = lines_of(await guest.add((await make_goods(await make_shop())).sku))[0]["line_id"]
    await guest.change(line_id, selected=False)
    cart = await mine.merge(guest.token)
    assert [(line["line_id"], line["selected"]) for line in lines_of(cart)] == [(line_id, False)]
    assert cart["version"] == 1


async def test_the_cart_of_another_account_is_never_merged(basket, make_person, make_shop, make_goods):
    """Whatever of another account is sent as a token, its cart stays where it is."""
    owner = await make_person()
    theirs, mine = await basket(owner), await basket()
    cart = await theirs.add((await make_goods(await make_shop())).sku)
    for token in (owner.token, str(owner.id), cart["cart_id"]):
        assert lines_of(await mine.merge(token)) == []
    assert await theirs.read() == cart


async def test_merging_needs_an_account_and_a_token(basket, anonymous):
    """A guest cannot merge, and an account without a token has nothing to merge."""
    problem(await (await anonymous()).api.post("/api/cart/merge", key=""), 401, "unauthenticated")
    problem(await (await basket()).api.post("/api/cart/merge", key=""), 422, "cart_token_required")
