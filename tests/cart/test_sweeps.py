from __future__ import annotations

from datetime import timedelta

from galleria.core.cart import queries, service, sweeps
from galleria.core.cart.holders import Holder
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem

from .baskets import lines_of

MONTH = timedelta(days=30)


async def test_abandoned_carts_are_purged(mall, clock, anonymous, make_shop, make_goods):
    """An anonymous cart that nobody changed for 30 days goes with its lines; others stay."""
    sku = (await make_goods(await make_shop())).sku
    old, renewed = await anonymous(), await anonymous()
    for mine in (old, renewed):
        await mine.add(sku)
    clock.move(MONTH - timedelta(hours=1))
    await renewed.add(sku)
    await sweeps.purge(mall)
    assert len(lines_of(await old.read())) == 1
    clock.move(timedelta(hours=2))
    cart_id = (await old.read())["cart_id"]
    assert await sweeps.purge(mall) >= 1
    problem(await old.api.get("/api/cart"), 404, "cart_not_found")
    assert await db.fetch_value("SELECT count(*) FROM cart_line WHERE cart_id = $1", cart_id) == 0
    assert len(lines_of(await renewed.read())) == 1


async def test_the_cart_of_an_account_is_never_purged(mall, clock, make_person, make_shop, make_goods):
    """Time does not empty the cart of somebody who has an account."""
    person, sku = await make_person(), (await make_goods(await make_shop())).sku
    await service.add_line(mall, Holder(person.id), sku_id=sku, quantity=1)
    clock.move(100 * MONTH)
    await sweeps.purge(mall)
    assert len((await queries.contents(person.id)).lines) == 1


async def test_more_than_one_batch_is_purged(mall, clock, anonymous, monkeypatch):
    """The sweep goes on until nothing is due, and says how much that was."""
    monkeypatch.setattr(sweeps, "_BATCH", 2)
    await sweeps.purge(mall)
    for _ in range(5):
        await anonymous()
    clock.move(2 * MONTH)
    due = await db.fetch_value("SELECT count(*) FROM cart WHERE account_id IS NULL")
    assert due >= 5
    assert await sweeps.purge(mall) == due
    assert await sweeps.purge(mall) == 0


async def test_a_cart_that_is_being_changed_is_left_alone(mall, clock, anonymous):
    """A cart that another transaction has locked is not waited for."""
    guest = await anonymous()
    cart_id = (await guest.read())["cart_id"]
    clock.move(2 * MONTH)
    async with db.engine().open_pool.acquire() as other, other.transaction():
        await other.execute("SELECT 1 FROM cart WHERE id = $1 FOR UPDATE", cart_id)
        await sweeps.purge(mall)
    assert ok(await guest.api.get("/api/cart"))["cart_id"] == cart_id
