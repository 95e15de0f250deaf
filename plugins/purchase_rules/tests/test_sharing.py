from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from galleria_purchase_rules.limits import Limit, Limits, pieces
from galleria_purchase_rules.sharing import Calendar, Key, Wish, share_out, shortages
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

CALENDAR = Calendar(datetime(2026, 3, 4, 12, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
SKU, OTHER, PRODUCT = UUID(int=1), UUID(int=2), UUID(int=9)


class Line(Struct, frozen=True):
    sku_id: UUID
    product_id: UUID
    quantity: int


def limit(number, quantity, period="ever", *, sku=SKU, product=None):
    return Limit(id=UUID(int=number), sku_id=sku, product_id=product, period=period, quantity=quantity)


def wish(number, shopper, known, *lines):
    named = [(f"{number}-{i}", Line(sku, PRODUCT, count)) for i, (sku, count) in enumerate(lines)]
    return Wish(order_id=UUID(int=number), account_id=UUID(int=shopper), pieces=pieces(known, named))


def test_lines_count_under_their_sku_and_under_their_product():
    """A SKU's limit sees its own units; a product's sees those of all its SKUs."""
    known = Limits([limit(1, 2), limit(2, 3, sku=None, product=PRODUCT)])
    wanted = wish(1, 1, known, (SKU, 2), (OTHER, 2))
    assert {found.limit.id.int: (found.wanted, found.left) for found in shortages(wanted, {}, CALENDAR)} == {2: (4, 3)}


def test_two_lines_of_one_sku_count_together():
    """Two lines of two units are four, against a limit of three."""
    short = shortages(wish(1, 1, Limits([limit(1, 3)]), (SKU, 2), (SKU, 2)), {}, CALENDAR)
    assert [(found.wanted, found.left) for found in short] == [(4, 3)]


def test_an_order_limit_counts_each_order_alone():
    """A limit for one order needs no counter: any number of orders may come, each within it."""
    known = Limits([limit(1, 2, "order")])
    wishes = [wish(n, 1, known, (SKU, count)) for n, count in ((1, 2), (2, 3), (3, 2))]
    taken, refused = share_out(wishes, {}, CALENDAR)
    assert (taken, set(refused)) == ({}, {UUID(int=2)})


def test_the_same_shopper_in_one_batch_gets_what_is_left_in_order_of_arrival():
    """Of 2, 2 and 1 units against a limit of 3, the first and the third are served."""
    known = Limits([limit(1, 3)])
    wishes = [wish(n, 1, known, (SKU, count)) for n, count in ((1, 2), (2, 2), (3, 1))]
    taken, refused = share_out(wishes, {}, CALENDAR)
    assert list(taken.values()) == [3]
    assert {key.int: short.left for key, short in refused.items()} == {2: 1}


def test_an_order_that_is_refused_by_one_limit_takes_nothing_of_another():
    """All or nothing: the product's counter is untouched when the SKU's limit refuses."""
    known = Limits([limit(1, 1), limit(2, 9, sku=None, product=PRODUCT)])
    assert share_out([wish(1, 1, known, (SKU, 2))], {}, CALENDAR)[0] == {}


def test_a_limit_that_was_lowered_leaves_nothing():
    """Who has more than is allowed by now gets no more, and is not owed a negative number."""
    known, key = Limits([limit(1, 2)]), Key(UUID(int=1), UUID(int=1), date(1970, 1, 1))
    assert [found.left for found in shortages(wish(1, 1, known, (SKU, 1)), {key: 5}, CALENDAR)] == [0]


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 5)), max_size=20),
    st.integers(1, 9),
    st.integers(0, 9),
)
def test_nobody_gets_more_and_nobody_is_refused_in_vain(orders, allowed, before):
    """Each shopper stays within the limit; each refusal was right at its turn; what is taken is what was served."""
    known = Limits([limit(1, allowed, "week")])
    wishes = [wish(n, shopper, known, (SKU, count)) for n, (shopper, count) in enumerate(orders, 1)]
    start = CALENDAR.key(limit(1, allowed, "week"), UUID(int=1))
    taken, refused = share_out(wishes, {start: before}, CALENDAR)
    has = {1: before}
    for n, (shopper, count) in enumerate(orders, 1):
        fits = has.get(shopper, 0) + count <= allowed
        assert fits is (UUID(int=n) not in refused)
        has[shopper] = has.get(shopper, 0) + (count if fits else 0)
    assert all(units <= max(allowed, before) for units in has.values())
    assert {key.account_id.int: units for key, units in taken.items()} == {
        shopper: units - (before if shopper == 1 else 0)
        for shopper, units in has.items()
        if units > (before if shopper == 1 else 0)
    }
