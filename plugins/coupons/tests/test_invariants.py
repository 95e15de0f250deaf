"""Each invariant sees the fault that it is there for; the tables' own checks refuse most of them before."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest
from galleria.core.storage import db
from galleria.core.testing.client import ok
from galleria_coupons.invariants import INVARIANTS

from .shopping import ask, of

COUPON = "UPDATE coupons_coupon SET {} WHERE id = $1"
BROKEN = [
    ("a coupon campaign has as many coupons", "UPDATE coupons_campaign SET claimed = claimed + 1 WHERE id = $2"),
    ("a shopper has as many coupons", "UPDATE coupons_tally SET claimed = claimed + 1 WHERE campaign_id = $2"),
    ("no more coupons are claimed", "UPDATE coupons_campaign SET total_limit = 0 WHERE id = $2"),
    ("no shopper has more coupons", "UPDATE coupons_campaign SET shopper_limit = 0 WHERE id = $2"),
    ("a coupon is of the place", "UPDATE coupons_tally SET store_id = NULL WHERE campaign_id = $2"),
    ("a held coupon has an order", COUPON.format("state = 'held'")),
    ("a held or used coupon belongs", COUPON.format("checkout_id = gen_random_uuid()")),
    ("an order with a coupon's discount", COUPON.format("state = 'claimed', checkout_id = NULL, order_ids = '{}'")),
    ("a store bears its own", "UPDATE coupons_campaign SET platform_share_ppm = 1 WHERE id = $2"),
]


@pytest.fixture
async def used(shopper, desk, goods):
    """A used coupon: (its id, its campaign's)."""
    campaign = await desk.campaign()
    coupon = await shopper.claim(desk, campaign)
    await shopper.buy(of(goods), asks=[ask(coupon["id"], desk.shop)])
    return coupon["id"], campaign["id"]


async def broken_by(sql, used, *, checked):
    """The invariants that do not hold once `sql` has run; all of it is undone."""
    undo = RuntimeError()
    found = []
    with pytest.raises(RuntimeError):
        async with db.transaction():
            for name in () if checked else ("share", "limits"):
                await db.execute(f"ALTER TABLE coupons_campaign DROP CONSTRAINT coupons_campaign_{name}")
            await db.execute(f"{sql} AND $1::uuid IS NOT NULL AND $2::uuid IS NOT NULL", *used)
            found += [one.name for one in INVARIANTS if await db.fetch(one.sql)]
            raise undo
    return found


@pytest.mark.parametrize(("name", "sql"), BROKEN)
async def test_an_invariant_sees_its_fault(used, name, sql):
    """Nothing is wrong before, and with the fault this one says so."""
    assert [one.name for one in INVARIANTS if await db.fetch(one.sql)] == []
    assert any(found.startswith(name) for found in await broken_by(sql, used, checked=False))


def test_every_invariant_has_a_fault_here():
    """None is left out."""
    assert all(any(one.name.startswith(name) for name, _ in BROKEN) for one in INVARIANTS)
    assert len(BROKEN) == len(INVARIANTS)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE coupons_campaign SET total_limit = 0 WHERE id = $2",
        "UPDATE coupons_campaign SET platform_share_ppm = 1 WHERE id = $2",
        "UPDATE coupons_campaign SET claimed = -1 WHERE id = $2",
        "UPDATE coupons_campaign SET ends_at = starts_at WHERE id = $2",
        "UPDATE coupons_campaign SET amount = 0 WHERE id = $2",
        COUPON.format("checkout_id = NULL"),
        COUPON.format("state = 'claimed'"),
        COUPON.format("campaign_id = gen_random_uuid()"),
        "UPDATE coupons_tally SET claimed = -1 WHERE campaign_id = $2",
    ],
)
async def test_the_tables_refuse_what_must_not_be(used, sql):
    """Checks and keys hold whatever the code does."""
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await broken_by(sql, used, checked=True)


async def test_a_code_is_one_campaigns_in_a_place(desk):
    """The index holds where two drafts are made at once."""
    code = uuid4().hex[:10]
    await desk.campaign(how="code", code=code)
    other = ok(await desk.api.post(f"{desk.path}/campaigns", desk.body(how="code", code=uuid4().hex[:10])), 201)
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("UPDATE coupons_campaign SET code = $2 WHERE id = $1", other["id"], code.upper())
