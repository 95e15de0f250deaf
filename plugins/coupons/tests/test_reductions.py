"""Full reductions: no coupon, no claim, and no query where nothing has changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from galleria.core.testing.client import ok, problem
from galleria_coupons.promotions import MOST_ACTIVE

from .shopping import ask, of


@pytest.mark.parametrize(("quantity", "total"), [(1, 6_000), (2, 10_000), (3, 14_400)])
async def test_the_highest_tier_that_is_reached_counts(shopper, desk, goods, quantity, total):
    """From 120.00 on 20.00 off, from 180.00 on a fifth: inclusive, and never both."""
    await desk.reduction({"at": 12_000, "amount": 2_000}, {"at": 18_000, "rate_ppm": 200_000})
    assert await shopper.total(of(goods, quantity)) == total


async def test_it_applies_only_in_its_window(clock, shopper, desk, goods):
    """Not before its start, at its start, and not at its end."""
    now = clock.hold()
    edges = {
        "starts_at": (now + timedelta(minutes=10)).isoformat(),
        "ends_at": (now + timedelta(minutes=20)).isoformat(),
    }
    await desk.reduction({"at": 1, "amount": 1_000}, **edges)
    seen = [await shopper.total(of(goods))]
    for _ in range(2):
        clock.move(timedelta(minutes=10))
        seen.append(await shopper.total(of(goods)))
    assert seen == [6_000, 5_000, 6_000]


async def test_it_takes_from_the_goods_in_its_scope_alone(shopper, desk, goods):
    """The threshold is measured on one SKU, and the discount lies on it."""
    await desk.reduction({"at": 6_000, "amount": 1_000}, scope={"sku_ids": [str(goods.skus[0])]})
    lines = [of(goods, sku=sku) for sku in goods.skus]
    quote = await shopper.preview(*lines)
    assert [line["total"]["amount"] for line in quote["lines"]] == [5_000, 4_000]
    assert await shopper.total(of(goods, 2, goods.skus[1])) == 8_000


async def test_those_that_do_not_combine_exclude_each_other(shopper, desk, goods):
    """Of two that go together with nothing the better one applies, and no coupon beside it."""
    await desk.reduction({"at": 1, "amount": 1_000}, combines_with=[])
    await desk.reduction({"at": 1, "amount": 2_000}, combines_with=[])
    coupon = await shopper.claim(desk, await desk.campaign())
    assert await shopper.total(of(goods), asks=[ask(coupon["id"], desk.shop)]) == 4_000


async def test_of_the_mall_it_is_over_all_stores(shopper, mall_desk, make_shop, make_goods):
    """The amounts of two stores together reach the tier; each store's order carries its share."""
    goods = [await make_goods(await make_shop(), prices=(price,)) for price in (2_000, 8_000)]
    await mall_desk.reduction({"at": 10_000, "amount": 1_000})
    placed = await shopper.buy(*(of(one) for one in goods))
    assert sorted(order["total"]["amount"] for order in placed["orders"]) == [1_800, 7_200]


async def test_another_currency_has_no_part_in_it(shopper, mall_desk, make_shop, make_goods):
    """A reduction of the mall in yuan does nothing to goods in dollars."""
    goods = await make_goods(await make_shop(currency="USD"))
    await mall_desk.reduction({"at": 1, "amount": 1_000})
    assert await shopper.total(of(goods)) == 1_999


async def test_an_ended_one_is_gone_at_once_and_what_was_shown_is_refused(shopper, desk, goods):
    """An order at the price that was shown before is refused, with the new quote to be had."""
    made = await desk.reduction({"at": 1, "amount": 1_000})
    body = await shopper.body(of(goods))
    ok(await desk.step("reductions", made, "end"))
    problem(await shopper.send(body), 409, "total_changed")
    assert await shopper.total(of(goods)) == 6_000


async def test_nothing_to_offer_costs_no_query(shopper, desk, goods, statements):
    """Without an ask, reductions are read once until they change: quotes, claims and facts send no statement."""
    await desk.reduction({"at": 1, "amount": 1_000})
    assert await shopper.total(of(goods)) == 5_000
    statements.clear()
    await shopper.buy(of(goods))
    assert statements == []


async def test_an_ask_costs_one_query_a_quote(shopper, desk, goods, statements):
    """Coupons and codes are read together, whatever their number."""
    coupons = [await shopper.claim(desk, await desk.campaign()) for _ in range(3)]
    asks = [ask(coupon["id"], desk.shop) for coupon in coupons] + [ask("SOMECODE", desk.shop)]
    await shopper.total(of(goods))
    statements.clear()
    await shopper.total(of(goods), asks=asks)
    assert len(statements) == 1


async def test_placing_with_a_coupon_costs_two_statements_and_one_more_a_fact(shopper, desk, goods, statements):
    """Priced once more by one, locked by one, held by one; the fact that it is paid marks it used by one."""
    coupon = await shopper.claim(desk, await desk.campaign())
    body = await shopper.body(of(goods), asks=[ask(coupon["id"], desk.shop)])
    statements.clear()
    placed = ok(await shopper.send(body), 201)
    assert len(statements) == 3
    await shopper.pay(placed)
    assert len(statements) == 4


async def test_placing_with_a_code_costs_five_statements(shopper, desk, goods, statements):
    """Two locks, the coupon, and two counters."""
    await desk.campaign(how="code", code="FIVE-5")
    body = await shopper.body(of(goods), asks=[ask("FIVE-5", desk.shop)])
    statements.clear()
    ok(await shopper.send(body), 201)
    assert len(statements) == 1 + 5


async def test_a_place_has_a_bounded_number_of_active_ones(api, mall, desk):
    """One more than fifty is refused: each of them is in every quote."""
    for _ in range(MOST_ACTIVE):
        await desk.reduction()
    made = ok(await desk.api.post(f"{desk.path}/reductions", desk.reduction_body()), 201)
    problem(await desk.step("reductions", made, "activate"), 409, "too_many_reductions")


async def test_shoppers_see_what_applies_now(api, mall, desk):
    """The public list has active ones in their window, with their tiers in order, in the reader's language."""
    await desk.reduction({"at": 9_000, "amount": 900}, {"at": 100, "amount": 1})
    await desk.reduction(**later(mall))
    draft = desk.reduction_body()
    ok(await desk.api.post(f"{desk.path}/reductions", draft), 201)
    [shown] = ok(await api.having(Accept_Language="en").get(f"{desk.public}/reductions"))
    assert (shown["name"], [tier["at"]["amount"] for tier in shown["tiers"]]) == ("Spend and save", [100, 9_000])


def later(mall):
    start = mall.now() + timedelta(days=1)
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(days=1)).isoformat()}
