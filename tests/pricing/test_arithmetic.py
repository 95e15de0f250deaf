from __future__ import annotations

from fractions import Fraction

import pytest
from galleria.core.pricing.arithmetic import (
    ROUNDS,
    half_up,
    included_in,
    largest_remainder,
    percent_of,
    spread,
    spread_in_rounds,
)
from hypothesis import given, settings
from hypothesis import strategies as st

amounts = st.integers(0, 10**9)


def test_half_a_unit_rounds_up():
    """5 % of 10 is 1: a discount that falls on a half favours the buyer."""
    assert percent_of(10, 50_000) == 1
    assert percent_of(9, 50_000) == 0
    assert half_up(5, 2) == 3


@settings(deadline=None)
@given(amounts, st.integers(0, 1_000_000))
def test_a_percentage_is_within_half_a_unit(amount: int, rate: int):
    """The rounded percentage is above the exact one by at most a half, and below it by less."""
    exact = Fraction(amount * rate, 1_000_000)
    assert Fraction(-1, 2) < percent_of(amount, rate) - exact <= Fraction(1, 2)


def test_included_tax_is_taken_out_of_the_gross_amount():
    """113 at 13 % included holds 13 of tax."""
    assert included_in(113, 130_000, 130_000) == 13


def test_the_last_small_line_keeps_its_share():
    """The unit that rounding leaves goes to the largest remainder, even when it is the last and smallest line."""
    assert largest_remainder(10, [100, 100, 50]) == [4, 4, 2]
    assert largest_remainder(1, [1, 1, 8]) == [0, 0, 1]


def test_equal_remainders_go_by_position():
    """Two cents over three equal lines go to the first two."""
    assert largest_remainder(2, [5, 5, 5]) == [1, 1, 0]


def test_a_share_beyond_its_room_is_held_and_the_rest_spread_anew():
    """A line that may give 1 of its 50 gives 1; the other carries what is left."""
    assert spread(50, [50, 50], [1, 100]) == [1, 49]


def test_holding_one_line_can_fill_another():
    """Holding is repeated until no share exceeds its room."""
    assert spread(90, [10, 10, 10], [5, 30, 100]) == [5, 30, 55]


def test_holding_ends_after_four_rounds():
    """A hundred equal lines that may give 10, and one that may give more: the unit too many goes to that one."""
    parts = spread(1011, [1000] * 101, [10] * 100 + [1000])
    assert parts == [10] * 100 + [11]
    assert spread_in_rounds(1011, [1000] * 101, [10] * 100 + [1000])[1] == ROUNDS + 1


def test_what_exceeds_all_rooms_is_not_spread():
    """The result sums to the rooms when the amount is larger."""
    assert spread(100, [3, 4], [3, 4]) == [3, 4]
    assert spread(100, [3, 4], [0, 0]) == [0, 0]


@settings(deadline=None)
@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_parts_sum_to_the_whole_and_lie_next_to_their_quota(amount: int, weights: list[int]):
    """Largest remainder gives each part its exact quota rounded down or up, and loses nothing."""
    parts = largest_remainder(amount, weights)
    assert sum(parts) == amount
    if sum(weights):
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@settings(deadline=None)
@given(amounts, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=8))
def test_no_part_exceeds_its_room(amount: int, lines: list[tuple[int, int]]):
    """Every part is within its room and together they are the amount, or all the room that there is."""
    weights, rooms = [w for w, _ in lines], [r for _, r in lines]
    parts = spread(amount, weights, rooms)
    assert all(0 <= part <= room for part, room in zip(parts, rooms, strict=True))
    assert sum(parts) == min(amount, sum(rooms))


@pytest.mark.parametrize("amount", [0, 1, 7])
def test_nothing_is_spread_over_no_lines(amount: int):
    """Without lines there is nothing to carry the amount."""
    assert spread(amount, [], []) == []
