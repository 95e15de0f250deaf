from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from galleria.core.cart import service
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem

from .baskets import lines_of


async def test_two_tabs_do_not_overwrite_each_other(basket, make_shop, make_goods):
    """A change at a version that is no longer current is refused with the current one, and changes nothing."""
    mine = await basket()
    line_id = lines_of(await mine.add((await make_goods(await make_shop())).sku))[0]["line_id"]
    stale = mine.version
    await mine.change(line_id, quantity=5)
    mine.version = stale
    refused = problem(await mine.send_change(line_id, quantity=9), 412, "version_mismatch")
    assert refused["version"] == 2
    problem(await mine.send_take_out(line_id), 412, "version_mismatch")
    problem(await mine.send_asks(), 412, "version_mismatch")
    cart = await mine.read()
    assert (lines_of(cart)[0]["quantity"], cart["version"]) == (5, 2)


async def test_of_two_changes_at_once_one_wins(basket, make_shop, make_goods):
    """Ten changes of one version at the same time: one is made, nine are refused."""
    mine = await basket()
    line_id = lines_of(await mine.add((await make_goods(await make_shop())).sku))[0]["line_id"]
    responses = await asyncio.gather(*(mine.send_change(line_id, quantity=2 + n) for n in range(10)))
    assert sorted(response.status_code for response in responses) == [200] + [412] * 9
    assert (await mine.read())["version"] == 2


async def test_without_a_compare_all_would_win(basket, make_shop, make_goods):
    """The control: where the version is read first and compared in the process, all ten changes are made."""
    mine, barrier = await basket(), asyncio.Barrier(10)
    cart_id = (await mine.add((await make_goods(await make_shop())).sku))["cart_id"]
    made = []

    async def change_unguarded():
        version = await db.fetch_value("SELECT version FROM cart WHERE id = $1", cart_id)
        await barrier.wait()
        if version == mine.version:
            made.append(await db.execute("UPDATE cart SET version = $2 WHERE id = $1", cart_id, version + 1))

    await asyncio.gather(*(change_unguarded() for _ in range(10)))
    assert len(made) == 10


@pytest.mark.parametrize("header", ["*", '"v"', '"v-1"', "v99999999999", 'W/"v1"', '"v0"', '"v2"', "nonsense"])
async def test_if_match_names_the_version(basket, make_shop, make_goods, header):
    """Whatever is not the current version is refused; so is a change that names none."""
    mine = await basket()
    await mine.add((await make_goods(await make_shop())).sku)
    response = await mine.api.put("/api/cart/asks", [], headers={"If-Match": header})
    problem(response, 412, "version_mismatch")
    problem(await mine.api.put("/api/cart/asks", []), 428, "version_required")


async def test_a_cart_that_nobody_made_is_at_version_0(basket, make_shop):
    """The first change may be any: it names version 0 and makes the cart, once."""
    mine = await basket()
    assert (await mine.read())["version"] == 0
    first, second = await asyncio.gather(mine.send_asks(), mine.send_asks())
    assert sorted((first.status_code, second.status_code)) == [200, 412]
    cart = await mine.read()
    assert cart["version"] == 1
    assert cart["cart_id"]


async def test_an_anonymous_cart_is_reached_by_its_token(anonymous, make_shop, make_goods):
    """Who holds the token adds, changes and takes out like anybody else."""
    mine = await anonymous()
    assert mine.version == 1
    line_id = lines_of(await mine.add((await make_goods(await make_shop())).sku, 2))[0]["line_id"]
    cart = await mine.change(line_id, quantity=3)
    assert (lines_of(cart)[0]["quantity"], cart["version"]) == (3, 3)
    assert lines_of(await mine.take_out(line_id)) == []


async def test_carts_of_two_tokens_are_apart(anonymous, make_shop, make_goods):
    """A line is not found through the token of another cart."""
    mine, other = await anonymous(), await anonymous()
    foreign = lines_of(await other.add((await make_goods(await make_shop())).sku))[0]["line_id"]
    problem(await mine.send_change(foreign, quantity=5), 404, "line_not_found")
    assert lines_of(await mine.read()) == []


async def test_without_account_or_token_there_is_no_cart(api):
    """A caller who is nobody is told to sign in or to make a cart."""
    problem(await api.get("/api/cart"), 401, "unauthenticated")
    body = {"sku_id": str(uuid4()), "quantity": 1}
    problem(await api.post("/api/cart/lines", body), 401, "unauthenticated")


@pytest.mark.parametrize("token", ["nonsense", "x" * 5000, "0"])
async def test_an_unknown_token_names_no_cart(api, make_shop, make_goods, token):
    """A token that was never answered finds nothing and makes nothing."""
    caller = api.having(X_Cart_Token=token)
    problem(await caller.get("/api/cart"), 404, "cart_not_found")
    body = {"sku_id": str((await make_goods(await make_shop())).sku), "quantity": 1}
    problem(await caller.post("/api/cart/lines", body), 404, "cart_not_found")
    problem(await caller.put("/api/cart/asks", [], headers={"If-Match": '"v1"'}), 404, "cart_not_found")


async def test_no_token_reaches_the_cart_of_an_account(api, basket, make_person, make_shop, make_goods):
    """Neither an access token, nor an id of the account or of its cart, is a token of that cart."""
    person = await make_person()
    mine = await basket(person)
    cart = await mine.add((await make_goods(await make_shop())).sku)
    for token in (person.token, str(person.id), cart["cart_id"]):
        problem(await api.having(X_Cart_Token=token).get("/api/cart"), 404, "cart_not_found")


async def test_the_database_refuses_a_token_on_the_cart_of_an_account(basket, anonymous, make_shop, make_goods):
    """A cart has an account or a token: not both, and not neither."""
    mine = await basket()
    cart_id = (await mine.add((await make_goods(await make_shop())).sku))["cart_id"]
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE cart SET token_hash = 'x' WHERE id = $1", cart_id)
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE cart SET account_id = NULL WHERE id = $1", cart_id)


async def test_a_signed_in_caller_has_the_accounts_cart(api, anonymous, make_person, make_shop, make_goods):
    """A token that is sent beside a session is left alone."""
    guest, person = await anonymous(), await make_person()
    await guest.add((await make_goods(await make_shop())).sku)
    both = api.acting_as(person).having(X_Cart_Token=guest.token)
    assert ok(await both.get("/api/cart"))["cart_id"] is None
    problem(await both.post("/api/cart"), 422, "signed_in")


async def test_only_a_hash_of_the_token_is_kept(mall, anonymous):
    """Neither the cart nor the answer kept for its idempotency key has the token."""
    guest = await anonymous()
    kept = await db.fetch("SELECT c::text FROM cart c UNION ALL SELECT r::text FROM idempotency_record r")
    assert not [row for row in kept if guest.token in row[0]]


async def test_a_repeated_opening_answers_the_same_cart(api):
    """A client that lost the answer asks again with its key, and gets the same token; no second cart is made."""
    key = uuid4().hex
    first, second = ok(await api.post("/api/cart", key=key), 201), ok(await api.post("/api/cart", key=key), 201)
    assert first == second
    other = ok(await api.post("/api/cart"), 201)
    assert other["token"] != first["token"]
    assert other["cart"]["cart_id"] != first["cart"]["cart_id"]


async def test_a_token_depends_on_the_cart_and_on_the_key(mall):
    """Who knows the key of a request but not the mall's secret knows no token."""
    cart_id, other = uuid4(), uuid4()
    tokens = {service.token_of(mall, *pair) for pair in [(cart_id, "a"), (cart_id, "b"), (other, "a")]}
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 43


async def test_opening_needs_a_key_that_strangers_do_not_choose(api):
    """An anonymous caller's key has at least 16 characters."""
    problem(await api.post("/api/cart", key="short"), 400, "idempotency_key_required")
