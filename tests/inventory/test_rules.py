from __future__ import annotations

from uuid import UUID

import pytest
from galleria.core.inventory import rules
from galleria.core.inventory.requests import HoldRequest, Place
from hypothesis import given, settings
from hypothesis import strategies as st

STORE = UUID(int=1)
PLACES = [Place(UUID(int=sku), UUID(int=location), STORE) for sku in (10, 11, 12) for location in (20, 21)]


def request(place: Place, quantity: int, owner: int) -> HoldRequest:
    return HoldRequest(
        store_id=place.store_id,
        sku_id=place.sku_id,
        location_id=place.location_id,
        owner=UUID(int=owner),
        quantity=quantity,
    )


@st.composite
def groups(draw):
    """Groups of requests whose owners are all different."""
    shapes = draw(st.lists(st.lists(st.tuples(st.sampled_from(PLACES), st.integers(1, 5)), max_size=4), max_size=8))
    owners = iter(range(1000, 2000))
    return [
        (UUID(int=100 + number), [request(place, quantity, next(owners)) for place, quantity in shape])
        for number, shape in enumerate(shapes)
    ]


free = st.dictionaries(st.sampled_from(PLACES), st.integers(0, 9))


@given(groups(), free)
@settings(max_examples=300, deadline=None)
def test_never_more_is_given_than_is_free(wanted, left):
    """No place gives more units than it has."""
    taken = rules.sums((one.place, one.quantity) for one in rules.decide(wanted, left).taken)
    assert all(units <= left.get(place, 0) for place, units in taken.items())


@given(groups(), free)
@settings(max_examples=300, deadline=None)
def test_a_group_gets_all_or_nothing(wanted, left):
    """Each group's requests are all taken, or the group is refused and none is."""
    decision = rules.decide(wanted, left)
    taken = {one.owner for one in decision.taken}
    for group, requests in wanted:
        granted = {one.owner for one in requests} & taken
        assert granted == (set() if group in decision.refused else {one.owner for one in requests})


@given(groups(), free)
@settings(max_examples=300, deadline=None)
def test_each_group_is_decided_as_if_the_refused_had_not_come(wanted, left):
    """A group is refused exactly when what the taken groups before it left does not cover it."""
    decision = rules.decide(wanted, left)
    remaining = dict(left)
    for group, requests in wanted:
        asked = rules.sums((one.place, one.quantity) for one in requests)
        fits = all(remaining.get(place, 0) >= units for place, units in asked.items())
        assert fits == (group not in decision.refused)
        if fits:
            remaining |= {place: remaining[place] - units for place, units in asked.items()}


def test_two_lines_of_one_sku_count_together():
    """Two lines of 2 and 3 units do not both fit into 4 (medusa #16502)."""
    pair = [request(PLACES[0], 2, 1), request(PLACES[0], 3, 2)]
    decision = rules.decide([(UUID(int=9), pair)], {PLACES[0]: 4})
    assert decision.taken == ()
    assert [(short.available, short.wanted) for short in decision.refused[UUID(int=9)]] == [(4, 5)]


def test_a_refused_group_leaves_its_units_to_the_next():
    """A group that lacks one SKU takes nothing of its other SKU either."""
    first = (UUID(int=7), [request(PLACES[0], 1, 1), request(PLACES[1], 1, 2)])
    second = (UUID(int=8), [request(PLACES[0], 1, 3)])
    decision = rules.decide([first, second], {PLACES[0]: 1})
    assert set(decision.refused) == {UUID(int=7)}
    assert [one.owner for one in decision.taken] == [UUID(int=3)]


def test_an_owner_that_has_its_units_needs_no_more():
    """A request that was granted before is accepted without a further unit."""
    decision = rules.decide([(UUID(int=7), [request(PLACES[0], 5, 1)])], {}, {UUID(int=1)})
    assert (decision.taken, decision.refused) == ((), {})


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_hold_of_no_unit_is_refused(quantity):
    """A quantity below 1 never reaches the decision: a negative one would add stock."""
    with pytest.raises(ValueError, match="one unit"):
        rules.check([(UUID(int=7), [request(PLACES[0], quantity, 1)])])


def test_an_owner_named_twice_is_refused():
    """One owner cannot have two holds, not even in two groups."""
    wanted = [(UUID(int=7), [request(PLACES[0], 1, 1)]), (UUID(int=8), [request(PLACES[1], 1, 1)])]
    with pytest.raises(ValueError, match="owner"):
        rules.check(wanted)


def test_a_group_named_twice_is_refused():
    """A refusal is found by its group, so a group has one decision."""
    with pytest.raises(ValueError, match="group"):
        rules.check([(UUID(int=7), []), (UUID(int=7), [])])
