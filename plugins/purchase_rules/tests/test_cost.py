from __future__ import annotations

import pytest
from galleria.core.checkout.placing import place
from galleria.core.plugin_api import db

from .test_races import drafted


@pytest.fixture
def statements(monkeypatch):
    """The statements about the plugin's tables, as they are sent."""
    sent: list[str] = []

    def counted(name):
        send = getattr(db, name)

        async def wrapper(sql, *args):
            if "purchase_rules_" in sql or (args and args[0] == "purchase_rules_use"):
                sent.append(sql)
            return await send(sql, *args)

        return wrapper

    for name in ("fetch", "fetch_row", "fetch_value", "execute"):
        monkeypatch.setattr(db, name, counted(name))
    return sent


async def test_without_limits_quotes_and_orders_cost_no_statement(buyer, mall, ruled, make_goods, statements):
    """Minimum order and sale hours are settings; that there are no limits is known after the first quote."""
    staff = await ruled(minimum_order=1, review_above=10**9)
    goods = await make_goods(staff.shop)
    await buyer.quote((goods, 1))
    assert len(statements) == 1
    statements.clear()
    await buyer.quote((goods, 1))
    await buyer.place((goods, 1))
    assert statements == []


@pytest.mark.parametrize(("period", "reads"), [("order", 0), ("day", 1), ("ever", 1)])
async def test_a_quote_reads_once_where_periods_are_counted(buyer, ruled, make_goods, statements, period, reads):
    """One read for all limits that its lines touch; a limit for one order needs none, other goods need none."""
    staff = await ruled()
    goods, other = [await make_goods(staff.shop, prices=[100, 200]) for _ in range(2)]
    await staff.limit(goods, 5, period)
    await staff.limit(goods, 5, period, product=True)
    await buyer.quote((goods, 1))
    statements.clear()
    await buyer.quote((goods.skus[0], 1), (goods.skus[1], 1), (other, 1))
    assert len(statements) == reads
    statements.clear()
    await buyer.quote((other, 1))
    assert statements == []


async def test_a_batch_costs_what_one_order_costs(buyer, make_buyer, mall, ruled, make_goods, statements):
    """Three statements claim for one order or for ten of five shoppers; orders of other goods claim by none."""
    staff = await ruled()
    goods, other = await make_goods(staff.shop), await make_goods(staff.shop)
    await staff.limit(goods, 9, "day")
    buyers = [buyer, *[await make_buyer() for _ in range(4)]]
    for wanted, batch, cost in ((goods, buyers[:1], 3), (goods, buyers * 2, 3), (other, buyers, 0)):
        drafts = [await drafted(mall, who, (wanted, 1)) for who in batch]
        statements.clear()
        assert await place(mall, drafts) == {}
        assert len(statements) == cost, statements
