from __future__ import annotations

from uuid import UUID

import pytest
from galleria.core.checkout.refunding import refund
from galleria.core.ids import new_id
from galleria.core.orders import queries
from galleria.core.orders.actors import SYSTEM
from galleria.core.orders.invariants import INVARIANTS
from galleria.core.orders.refunds import RefundUnits
from galleria.core.orders.tenders import Tender, repayments
from galleria.core.pricing import engine
from galleria.core.storage import db
from galleria.core.types import Amount, Per, Percent, Phase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..checkout.breaking import broken
from ..checkout.offering import bought, by_points_and_balance, offer
from ..pricing.build import shippings

SUMS = st.sampled_from((0, 1, 2, 99, 100, 333)) | st.integers(0, 9999)
PAYS = st.builds(Percent, st.sampled_from((1, 50_000, 333_333, 999_999))) | st.builds(
    Amount, st.sampled_from((1, 7, 100, 1001)) | st.integers(1, 6000), st.sampled_from(Per)
)
CLASSES = ("points", "gift_card", "balance", "other")
STORED = """
SELECT t.plugin, t.amount AS paid, p.line_id, p.amount AS part, -COALESCE(r.amount, 0) AS repaid
FROM order_adjustment t JOIN adjustment_allocation p ON p.adjustment_id = t.id
LEFT JOIN LATERAL (
  SELECT sum(b.amount) AS amount FROM order_adjustment a JOIN adjustment_allocation b ON b.adjustment_id = a.id
  WHERE a.reverses = t.id AND b.line_id = p.line_id) r ON true
WHERE t.order_id = $1 AND t.phase = 8 AND t.reverses IS NULL
"""


def tender(remaining, plugin="points") -> Tender:
    ids = [UUID(int=position + 1) for position in range(len(remaining))]
    return Tender(
        id=new_id(), plugin=plugin, code="1", reference="r", scope_store_id=None, line_ids=ids, remaining=remaining
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(SUMS, min_size=1, max_size=6), st.data())
def test_repayments_in_any_sizes_take_back_exactly_each_lines_part(remaining, data):
    """No repayment takes more of a line than is left of it there, and all together leave nothing."""
    while sum(remaining):
        amount = data.draw(st.integers(1, sum(remaining)))
        [repaid] = repayments([tender(remaining)], [amount])
        assert sum(repaid.parts.values()) == repaid.amount == amount
        after = [left - repaid.parts.get(UUID(int=i + 1), 0) for i, left in enumerate(remaining)]
        assert all(0 <= left <= before for left, before in zip(after, remaining, strict=True))
        remaining = after


@pytest.mark.parametrize(
    ("remaining", "amount", "parts"),
    [
        ([300, 100], 100, {1: 75, 2: 25}),
        ([1, 1, 1], 2, {1: 1, 2: 1}),
        ([5, 0, 5], 1, {1: 1}),
        ([0, 3], 3, {2: 3}),
    ],
)
def test_a_repayment_lies_on_what_is_left_ties_by_position(remaining, amount, parts):
    """Largest remainder over what is left of each line; of equal remainders the first line's is rounded up."""
    [repaid] = repayments([tender(remaining)], [amount])
    assert {line_id.int: part for line_id, part in repaid.parts.items()} == parts


def test_a_tender_that_gives_nothing_is_left_out():
    """A refund repays the tenders that it touches, and names no other."""
    first, second = tender([10]), tender([20], "wallet")
    assert [entry.adjustment_id for entry in repayments([first, second], [0, 5])] == [second.id]


def quoting(data: st.DataObject, *, in_full: bool):
    """Prices a request that several tenders pay in part, or the last of them all of what is left."""

    def quote(request):
        pays = data.draw(st.lists(PAYS, min_size=0 if in_full else 1, max_size=3), label="tenders")
        made = [
            offer(Phase.TENDER, effect, plugin=name, offer_class=name, reference=f"{name}/1")
            for name, effect in zip(CLASSES, [*pays, *([Percent(1_000_000)] if in_full else [])], strict=False)
        ]
        return engine.price(request, made, shipping=data.draw(shippings(request), label="shipping"))

    return quote


@pytest.mark.parametrize("in_full", [False, True])
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
async def test_refunds_in_any_grouping_reverse_each_tender_exactly(
    mall, make_person, make_shop, make_goods, in_full, data: st.DataObject
):
    """However an order is refunded, whether its tenders paid a part of it or all: provider money goes first, then
    the tenders, the last one first; each refund's reversals sum to its tenders; all of them undo every part."""
    shops = [await make_shop() for _ in range(data.draw(st.integers(1, 2), label="shops"))]
    wanted = []
    for _ in range(data.draw(st.integers(1, 3), label="lines")):
        price = data.draw(st.sampled_from((1, 99, 333, 1999)), label="price")
        goods = await make_goods(data.draw(st.sampled_from(shops)), prices=(price,))
        wanted.append((goods.sku, data.draw(st.integers(1, 4), label="quantity")))
    draft = await bought(mall, (await make_person()).id, wanted, quoting(data, in_full=in_full))
    assert not in_full or draft.due == 0
    for order in draft.orders:
        left, seen = {line.id: line.quantity for line in order.lines}, []
        while left:
            chosen = data.draw(st.lists(st.sampled_from(sorted(left)), min_size=1, unique=True), label="lines")
            units = [RefundUnits(line_id, data.draw(st.integers(1, left[line_id]), label="n")) for line_id in chosen]
            made = await refund(mall, order.store_id, order.id, units, SYSTEM, reason="x", restock=False)
            assert sum(entry.amount for entry in made.repaid) == made.tenders
            assert all(sum(entry.parts.values()) == entry.amount > 0 for entry in made.repaid)
            seen += [entry.plugin for entry in reversed(made.repaid)]
            for unit in units:
                left[unit.line_id] -= unit.quantity
            left = {line_id: count for line_id, count in left.items() if count}
            assert await broken(INVARIANTS, {"order": order.id, "refund": made.id}) == set()
        used = [entry.plugin for entry in order.adjustments if entry.phase == Phase.TENDER]
        assert list(dict.fromkeys(seen)) == used[::-1]
        assert seen == sorted(seen, key=used[::-1].index)
        assert all(row["part"] == row["repaid"] for row in await db.fetch(STORED, order.id))
        assert all(one.left == 0 for one in await queries.tenders(order.store_id, order.id))


async def test_the_published_fact_says_what_each_tender_was_repaid(mall, make_person, make_shop, make_goods):
    """A refund that spans provider money and two tenders names both tenders, the first used first, with their
    references; a refund of provider money alone names none."""
    goods = await make_goods(await make_shop(), prices=(333,))
    draft = await bought(mall, (await make_person()).id, [(goods.sku, 3)], by_points_and_balance)
    order = draft.orders[0]
    for count in (1, 2):
        units = [RefundUnits(order.lines[0].id, count)]
        await refund(mall, order.store_id, order.id, units, SYSTEM, reason="x", restock=False)
    events = await db.fetch(
        "SELECT payload FROM outbox_event WHERE kind = 'order.refunded' AND subject_id = $1 ORDER BY id", order.id
    )
    told = {"code": "1", "scope_store_id": None}
    assert [row["payload"]["tenders"] for row in events] == [
        [],
        [
            {"plugin": "points", "reference": "account/1", "amount": 100, **told},
            {"plugin": "wallet", "reference": "account/2", "amount": 500, **told},
        ],
    ]


async def test_a_tender_is_repaid_by_a_row_that_reverses_it(mall, make_person, make_shop, make_goods):
    """The row has the tender's phase and place, the opposite sign, and the refund's id."""
    goods = await make_goods(await make_shop(), prices=(333,))
    draft = await bought(mall, (await make_person()).id, [(goods.sku, 3)], by_points_and_balance)
    order = draft.orders[0]
    made = await refund(mall, order.store_id, order.id, [], SYSTEM, reason="x", restock=False)
    rows = await db.fetch(
        "SELECT a.phase, a.amount, a.sequence = was.sequence AS in_place, was.amount AS paid "
        "FROM order_adjustment a JOIN order_adjustment was ON was.id = a.reverses WHERE a.refund_id = $1 "
        "ORDER BY a.sequence",
        made.id,
    )
    assert [tuple(row) for row in rows] == [(8, 100, True, -100), (8, 500, True, -500)]
