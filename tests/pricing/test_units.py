from __future__ import annotations

import pytest
from galleria.core.pricing.units import adjustment_shares, repay, units_worth
from hypothesis import given, settings
from hypothesis import strategies as st

balances = st.lists(st.integers(0, 10**7), min_size=1, max_size=5)


def test_three_units_of_a_thousand():
    """Three units that cost 1000 are worth 333, 333 and 334, in the order of their refund."""
    assert [units_worth([1000], 3, already, 1)[0] for already in range(3)] == [333, 333, 334]


def test_an_adjustment_carries_the_difference_of_its_balances():
    """A unit of a row of 3 at 1000, less 100 and then less 50, takes 33 and 17 of them with it."""
    worth = units_worth([1000, 900, 850], 3, 0, 1)
    assert worth == (333, 300, 283)
    assert adjustment_shares(worth) == (-33, -17)


@settings(deadline=None)
@given(balances, st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_refunding_all_returns_what_was_paid_in_any_grouping(paid: list[int], groups: list[int]):
    """Refunding every unit, whatever the grouping, returns each balance exactly, and no part is negative."""
    quantity, already, parts = sum(groups), 0, []
    for count in groups:
        parts.append(units_worth(paid, quantity, already, count))
        already += count
    assert [sum(column) for column in zip(*parts, strict=True)] == paid
    assert all(amount >= 0 for part in parts for amount in part)


@settings(deadline=None)
@given(balances, st.integers(1, 9), st.data())
def test_a_group_is_worth_the_sum_of_its_units(paid: list[int], quantity: int, data: st.DataObject):
    """Refunding k units at once returns what k refunds of one return."""
    already = data.draw(st.integers(0, quantity))
    count = data.draw(st.integers(0, quantity - already))
    single = [units_worth(paid, quantity, already + i, 1) for i in range(count)]
    together = units_worth(paid, quantity, already, count)
    assert together == tuple(sum(unit[i] for unit in single) for i in range(len(paid)))


@pytest.mark.parametrize(("already", "count"), [(2, 2), (-1, 1), (0, -1), (4, 0)])
def test_units_that_the_row_has_not_are_refused(already: int, count: int):
    """A row of three units has no fourth, and no unit before the first."""
    with pytest.raises(ValueError, match="of a row of 3"):
        units_worth([1000], 3, already, count)


def test_provider_money_is_repaid_before_tenders():
    """A refund goes to the provider first, then to the tender used last, and to the first used at the end."""
    assert repay(250, 100, (80, 100)) == (100, (50, 100))


@settings(deadline=None)
@given(st.integers(0, 1000), st.lists(st.integers(0, 1000), max_size=4), st.data())
def test_repaying_in_steps_returns_every_source_in_full(provider: int, tenders: list[int], data: st.DataObject):
    """Whatever the steps, the provider and each tender get back what they gave, and never more."""
    left, rest = provider, tuple(tenders)
    while total := left + sum(rest):
        step = data.draw(st.integers(-(-total // 6), total))
        back = repay(step, left, rest)
        assert back.provider + sum(back.tenders) == step
        left -= back.provider
        rest = tuple(have - part for have, part in zip(rest, back.tenders, strict=True))
        assert left >= 0
        assert min(rest, default=0) >= 0


@pytest.mark.parametrize("amount", [-1, 181])
def test_more_than_is_left_is_not_repaid(amount: int):
    """A refund above what provider and tenders have left is refused, and so is a negative one."""
    with pytest.raises(ValueError, match="where 180 is left"):
        repay(amount, 100, (80,))
