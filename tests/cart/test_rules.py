from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from galleria.core.cart.contents import CartLineRow, DeliveryChoice
from galleria.core.cart.rules import (
    LARGEST_QUANTITY,
    MOST_ASKS,
    MOST_LINES,
    CartFull,
    check_extra,
    merged_asks,
    merged_delivery,
    merged_lines,
    variant_key,
)
from galleria.core.errors import Invalid
from galleria.core.types import Ask
from hypothesis import given
from hypothesis import strategies as st

STORES = [UUID(int=number) for number in range(1, 4)]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def make_line(key, number, quantity, selected):
    sku, variant = key
    return CartLineRow(
        id=UUID(int=number), store_id=STORES[0], sku_id=UUID(int=sku), variant_key=variant, quantity=quantity,
        selected=selected, seen_price=number,
    )  # fmt: skip


@st.composite
def carts(draw, first_id, size=12):
    """Lines of distinct keys, with ids from `first_id` on."""
    keys = draw(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["", "v"])), max_size=size, unique=True))
    quantities = st.integers(1, LARGEST_QUANTITY) | st.sampled_from([1, LARGEST_QUANTITY])
    return [make_line(key, first_id + at, draw(quantities), draw(st.booleans())) for at, key in enumerate(keys)]


def by_key(lines):
    return {(line.sku_id, line.variant_key): line for line in lines}


@given(carts(0), carts(100))
def test_units_add_up_and_stop_at_the_largest_quantity(mine, theirs):
    """A key has the units of both carts, up to 9999; it is selected if it was in either; nothing else is there."""
    merged, one, other = by_key(merged_lines(mine, theirs)), by_key(mine), by_key(theirs)
    assert set(merged) == set(one) | set(other)
    for key, line in merged.items():
        parts = [cart[key] for cart in (one, other) if key in cart]
        assert line.quantity == min(sum(part.quantity for part in parts), LARGEST_QUANTITY)
        assert line.selected == any(part.selected for part in parts)


@given(carts(0), carts(100))
def test_lines_stay_the_accounts(mine, theirs):
    """My lines keep their ids and the prices that I saw, and come first; keys and ids are unique."""
    merged = merged_lines(mine, theirs)
    assert [(line.id, line.seen_price) for line in merged[: len(mine)]] == [(line.id, line.seen_price) for line in mine]
    assert {line.id for line in merged[len(mine) :]} <= {line.id for line in theirs}
    assert max(Counter(line.id for line in merged).values(), default=1) == 1


@given(carts(0), carts(100))
def test_it_does_not_matter_whose_cart_is_merged_into_which(mine, theirs):
    """Quantities and selection are the same both ways round."""
    there, back = by_key(merged_lines(mine, theirs)), by_key(merged_lines(theirs, mine))
    assert {key: (line.quantity, line.selected) for key, line in there.items()} == {
        key: (line.quantity, line.selected) for key, line in back.items()
    }


@given(carts(0))
def test_an_empty_cart_changes_nothing(mine):
    """Merging nothing, or into nothing, gives the lines as they were."""
    assert merged_lines(mine, []) == merged_lines([], mine) == mine


@pytest.mark.parametrize(("mine", "theirs", "fits"), [(200, 0, True), (100, 100, True), (150, 51, False)])
def test_a_merged_cart_holds_200_lines(mine, theirs, fits):
    """One line more than 200 is refused; lines of the same SKU count once."""
    lines = [make_line((number, ""), number, 1, True) for number in range(mine + theirs)]
    if fits:
        assert len(merged_lines(lines[:mine], [*lines[mine:], lines[0]])) == MOST_LINES
    else:
        with pytest.raises(CartFull):
            merged_lines(lines[:mine], lines[mine:])


asks = st.lists(
    st.builds(
        Ask,
        plugin=st.sampled_from(["coupons", "points"]),
        reference=st.sampled_from("abcdef"),
        store_id=st.sampled_from([None, *STORES]),
    ),
    max_size=MOST_ASKS,
    unique_by=lambda ask: (ask.plugin, ask.reference, ask.store_id),
)


@given(asks, asks)
def test_my_asks_win(mine, theirs):
    """All of mine stay; of theirs those in scopes where I asked that plugin nothing; never more than 20."""
    merged = merged_asks(mine, theirs)
    scopes = {(ask.plugin, ask.store_id) for ask in mine}
    added = [ask for ask in theirs if (ask.plugin, ask.store_id) not in scopes]
    assert list(merged[: len(mine)]) == mine
    assert list(merged[len(mine) :]) == added[: MOST_ASKS - len(mine)]
    assert len({(ask.plugin, ask.reference, ask.store_id) for ask in merged}) == len(merged) <= MOST_ASKS


choices = st.dictionaries(st.sampled_from(STORES), st.builds(DeliveryChoice, st.sampled_from(["shipping", "collect"])))


@given(choices, choices)
def test_my_delivery_wins(mine, theirs):
    """A store has my choice, else theirs."""
    merged = merged_delivery(mine, theirs)
    assert merged == {store: mine.get(store, theirs.get(store)) for store in mine.keys() | theirs.keys()}


@given(st.dictionaries(st.text(max_size=3), json_values, min_size=1, max_size=4))
def test_a_variant_key_does_not_depend_on_order(extra):
    """Members in the opposite order give the same 64 digits."""
    turned = dict(reversed(extra.items()))
    assert variant_key(turned) == variant_key(extra)
    assert len(variant_key(extra)) == 64


def test_other_data_is_another_variant():
    """Different data has different keys, and no data has the empty one."""
    keys = [variant_key(extra) for extra in ({}, {"a": 1}, {"a": 2}, {"b": 1}, {"a": [1]}, {"a": {}}, {"a": "1"})]
    assert keys[0] == ""
    assert len(set(keys)) == len(keys)


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


def test_extra_data_has_limits():
    """4096 bytes and 16 levels, the outermost object among them, are accepted; one more is not."""
    check_extra({}, ())
    check_extra({"p": "x" * (4096 - len('{"p":""}'))}, {"p"})
    check_extra({"p": nested(15)}, {"p"})
    for extra in ({"p": "x" * (4097 - len('{"p":""}'))}, {"p": nested(16)}):
        with pytest.raises(Invalid):
            check_extra(extra, {"p"})


def test_few_of_many_unknown_members_are_named():
    """A flood of unknown members does not become a flood of errors."""
    with pytest.raises(Invalid) as caught:
        check_extra({f"{number}" + "x" * 200: 1 for number in range(1000)}, {"p"})
    assert len(caught.value.errors) == 20
    assert all(len(error["path"]) < 100 for error in caught.value.errors)
