from __future__ import annotations

from galleria.core.plugin_api import db
from galleria.core.testing.client import ok, problem

from .test_counting import told_again


async def stocked(goods, on_hand) -> None:
    """Set what lies in the warehouse, with the movement that explains it."""
    level = "FROM stock_level WHERE sku_id = $1 AND store_id = $2"
    before = await db.fetch_value(f"SELECT on_hand {level}", goods.sku, goods.shop.id)
    await db.execute(
        "INSERT INTO stock_movement (id, store_id, sku_id, location_id, kind, on_hand_delta, held_delta, cause, note, "
        f"created_at) SELECT gen_random_uuid(), store_id, sku_id, location_id, 'adjust', $3, 0, gen_random_uuid(), '', "
        f"now() {level}",
        goods.sku, goods.shop.id, on_hand - before,
    )  # fmt: skip
    await db.execute(
        "UPDATE stock_level SET on_hand = $3 WHERE sku_id = $1 AND store_id = $2", goods.sku, goods.shop.id, on_hand
    )


async def open_alerts(staff):
    return [(item["sku_id"], item["available"], item["available_now"]) for item in (await staff.get("alerts"))["items"]]


async def test_an_order_that_leaves_few_raises_one_alert(buyer, ruled, make_goods, deliver):
    """At the threshold, inclusive, one alert is raised, and only one until somebody acknowledges it."""
    staff = await ruled(low_stock_at=5)
    goods = await make_goods(staff.shop, stock=8)
    await buyer.place((goods, 2))
    await deliver()
    assert await open_alerts(staff) == []
    await buyer.place((goods, 1))
    await deliver()
    assert await open_alerts(staff) == [(str(goods.sku), 5, 5)]
    placed = await buyer.place((goods, 2))
    await deliver()
    assert await open_alerts(staff) == [(str(goods.sku), 5, 3)]
    ok(await staff.api.post(f"{staff.rules}/alerts/{goods.sku}/acknowledge", key=""))
    assert await open_alerts(staff) == []
    await told_again(placed)
    await deliver()
    problem(
        await staff.api.post(f"{staff.rules}/alerts/{goods.sku}/acknowledge", key=""),
        404,
        "purchase_rules_alert_not_found",
    )
    await buyer.place((goods, 1))
    await deliver()
    assert await open_alerts(staff) == [(str(goods.sku), 2, 2)]


async def test_an_alert_is_over_when_there_is_more_again(buyer, ruled, make_goods, deliver):
    """It is left out as soon as stock is above the threshold; the next order closes it; a later one raises anew."""
    staff = await ruled(low_stock_at=5)
    goods = await make_goods(staff.shop, stock=6)
    await buyer.place((goods, 2))
    await deliver()
    assert len(await open_alerts(staff)) == 1
    await stocked(goods, 20)
    assert await open_alerts(staff) == []
    await buyer.place((goods, 1))
    await deliver()
    await buyer.place((goods, 13))
    await deliver()
    assert await open_alerts(staff) == [(str(goods.sku), 4, 4)]
    assert await db.fetch_value("SELECT count(*) FROM purchase_rules_alert WHERE store_id = $1", staff.shop.id) == 2


async def test_without_a_threshold_nobody_is_alerted(buyer, ruled, make_goods, deliver):
    """low_stock_at null raises nothing, 0 only when the last unit is gone."""
    for low_at, expected in ((None, []), (0, [0])):
        staff = await ruled(low_stock_at=low_at)
        goods = await make_goods(staff.shop, stock=1)
        await buyer.place((goods, 1))
        await deliver()
        assert [item["available"] for item in (await staff.get("alerts"))["items"]] == expected
