"""The demo as it stands in the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from galleria.core.accounts import service as accounts
from galleria.core.accounts.signing_in import Attempt
from galleria.core.demo import checkouts, load, paying, reading, shops
from galleria.core.demo.reading import OrderData, PersonData
from galleria.core.demo.work import Work
from galleria.core.errors import StartupError
from galleria.core.jobs.registry import INVARIANTS
from galleria.core.mall import Mall
from galleria.core.storage import db
from galleria.core.storage.invariants import violations
from msgspec.structs import replace

from .conftest import Loaded, PlaySandbox, counts


async def rows(sql: str) -> list[Mapping[str, Any]]:
    return [dict(row) for row in await db.fetch(sql)]


async def test_loading_again_makes_nothing(loaded: Loaded):
    """A run after a complete one adds no row to any table, and says so."""
    first, second = loaded.counts
    assert first == second
    assert loaded.repeated.made == {}
    assert loaded.repeated.skipped == ()


async def test_interrupted_runs_are_completed_without_doubles(loaded: Loaded):
    """After power cuts in a product and in a payment there is everything once."""
    found = loaded.counts[-1]
    assert (found["store"], found["product"], found["sku"], found["checkout"]) == (3, 60, 103, 13)
    assert len(loaded.sandbox.captures) == 9
    assert found["payment_capture"] == 9


async def test_a_product_is_there_whole_or_not_at_all(loaded: Loaded):
    """The power cut in the middle of a product left no draft and no SKU without stock movements behind it."""
    states = await rows("SELECT state, count(*) FROM product GROUP BY state ORDER BY state")
    assert states == [
        {"state": "draft", "count": 2},
        {"state": "off_sale", "count": 3},
        {"state": "on_sale", "count": 55},
    ]
    deliveries = "SELECT sku_id FROM stock_movement WHERE kind = 'receive' GROUP BY sku_id HAVING count(*) > 1"
    assert await rows(deliveries) == []


async def test_without_a_sandbox_nothing_is_paid(loaded: Loaded):
    """Where no provider pays by itself, orders beyond `placed` are left out, with a line that says so."""
    assert loaded.without_sandbox.made["checkouts"] == 4
    assert loaded.without_sandbox.skipped == (
        "No installed payment provider pays by itself: 9 paid orders were left out.",
    )
    assert loaded.completed.skipped == ()


async def test_orders_are_in_every_state(loaded: Loaded):
    """Placed, paid, on their way, completed, cancelled by the shopper, expired, refunded in part and in full."""
    found = await rows("SELECT state, cancel_reason, refunded, total FROM shop_order")
    shapes = {(row["state"], row["cancel_reason"], _refunded(row)) for row in found}
    assert shapes == {
        ("placed", "", "nothing"),
        ("paid", "", "nothing"),
        ("fulfilling", "", "nothing"),
        ("completed", "", "nothing"),
        ("completed", "", "a part"),
        ("completed", "", "all"),
        ("cancelled", "refunded", "all"),
        ("cancelled", "changed_mind", "nothing"),
        ("cancelled", "expired", "nothing"),
    }


def _refunded(row: Mapping[str, Any]) -> str:
    if not row["refunded"]:
        return "nothing"
    return "all" if row["refunded"] == row["total"] else "a part"


async def test_refunds_have_arrived(loaded: Loaded):
    """The provider has given back what the orders say."""
    assert await rows("SELECT DISTINCT state FROM order_refund") == [{"state": "settled"}]
    refunded = sum(status.amount or 0 for status in loaded.sandbox.refunds.values())
    assert await db.fetch_value("SELECT sum(refunded)::bigint FROM shop_order") == refunded > 0


async def test_every_text_is_in_both_languages(loaded: Loaded):
    """Products, stores, brands and categories have a name in Chinese and in English, products a description too."""
    for column in (
        "product.name", "product.description", "store.name", "store.description", "brand.name", "brand.story",
        "category.name",
    ):  # fmt: skip
        table, _, name = column.partition(".")
        sql = f"SELECT id FROM {table} WHERE {name} ->> 'zh-CN' IS NULL OR {name} ->> 'en' IS NULL"
        assert await rows(sql) == [], column


async def test_stores_differ(loaded: Loaded):
    """One is a brand store with its story, one is featured; each has a warehouse and a branch that can be found."""
    flags = await rows("SELECT is_brand, is_featured, story <> '{}' AS told FROM store ORDER BY position")
    assert [tuple(row.values()) for row in flags] == [(True, False, True), (False, True, False), (False, False, False)]
    places = await rows(
        "SELECT store_id, array_agg(kind::text ORDER BY kind) AS kinds, count(latitude) AS found, "
        "count(*) FILTER (WHERE opening_hours <> '{}') AS opened FROM location GROUP BY store_id"
    )
    assert [(row["kinds"], row["found"], row["opened"]) for row in places] == [(["branch", "warehouse"], 1, 1)] * 3


async def test_people_may_do_different_things(loaded: Loaded):
    """Each store has its owner, and two members of staff with different permissions."""
    members = await rows(
        "SELECT count(*) FILTER (WHERE role = 'owner') AS owners, "
        "count(DISTINCT permissions) FILTER (WHERE role = 'staff') AS kinds FROM store_member GROUP BY store_id"
    )
    assert members == [{"owners": 1, "kinds": 2}] * 3


async def test_people_can_sign_in(loaded: Loaded):
    """The shopper and the operator have the password that the summary names."""
    for identifier in (loaded.completed.shopper, loaded.completed.operator):
        attempt = Attempt(
            identifier=identifier, password=loaded.completed.password, address="192.0.2.1", user_agent="test"
        )
        assert (await accounts.sign_in(loaded.mall, attempt)).access_token


async def test_something_is_sold_out(loaded: Loaded):
    """Every store has a SKU on sale of which no unit is left."""
    sold_out = await rows(
        "SELECT l.store_id FROM stock_level l JOIN sku k ON k.id = l.sku_id JOIN product p ON p.id = k.product_id "
        "WHERE p.state = 'on_sale' AND l.on_hand = 0 GROUP BY l.store_id"
    )
    assert len(sold_out) == 3


async def test_every_invariant_holds(loaded: Loaded):
    """The demo is what the services make, so nothing is broken in it."""
    assert await violations(INVARIANTS, loaded.mall.now()) == []


async def test_production_is_spared(loaded: Loaded):
    """In production the demo, whose operator's password is known, is refused, and nothing is written."""
    mall, before = loaded.mall, await counts()
    production = Mall(
        settings=replace(mall.settings, mode="production"),
        clock=mall.clock,
        plugins=mall.plugins,
        outbox=mall.outbox,
        redis=mall.redis,
    )
    with pytest.raises(StartupError, match="production"):
        await load(production)
    assert await counts() == before


async def test_somebody_elses_store_is_left_alone(loaded: Loaded):
    """Where a store bears the demo's name and is not the demo's, loading stops before it adds anything there."""
    stranger = replace(reading.store_data("tea"), owner=PersonData(email="stranger@demo.galleria.test", name=""))
    before = await counts()
    with pytest.raises(StartupError, match="'qingshan-tea' is not the demo's"):
        await shops.shop(Work(loaded.mall, "", print), stranger, 0)
    assert await counts() == before


async def test_what_cannot_be_placed_is_left_out(loaded: Loaded):
    """A checkout of what is sold out is left out with its reason, and those after it go on."""
    orders = [
        OrderData(key="sold-out", shopper=loaded.completed.shopper, lines={"OUT-018-1": 1}),
        OrderData(key="in-stock", shopper=loaded.completed.shopper, lines={"OUT-019-1": 1}, steps=["cancel"]),
    ]
    work = Work(loaded.mall, "", print)
    await checkouts.all_of(work, orders, None)
    assert work.made == {"checkouts": 1}
    assert [line.rsplit(" ", 1)[-1] for line in work.skipped] == ["(lines_unavailable)"]


async def test_a_sandbox_that_fails_is_told_of(loaded: Loaded):
    """An order whose payment fails stays placed, with a line that says why; a later run pays it."""

    class Broken(PlaySandbox):
        async def pay_as_buyer(self, attempt_id: UUID) -> None:
            raise RuntimeError(f"{attempt_id} is too dear")

    orders = [OrderData(key="unlucky", shopper=loaded.completed.shopper, lines={"OUT-009-1": 1}, steps=["pay"])]
    providers = loaded.mall.plugins.providers
    work = Work(loaded.mall, "", print)
    providers["play"] = Broken(loaded.mall.now)
    await checkouts.all_of(work, orders, await paying.in_process(loaded.mall))
    providers["play"] = loaded.sandbox
    assert work.skipped[0].endswith("is too dear (sandbox_failed)")
    await checkouts.all_of(work, orders, await paying.in_process(loaded.mall))
    assert (work.made, len(work.skipped)) == ({"checkouts": 1}, 1)
