from __future__ import annotations

from datetime import timedelta

from galleria.core.ids import new_id
from galleria.core.payments import rules
from galleria.core.payments.rules import Outcome, Part
from hypothesis import given
from hypothesis import strategies as st

amounts = st.integers(1, 10**12)


@given(amounts, st.lists(amounts, min_size=1, max_size=6))
def test_captures_in_any_amounts_leave_at_most_what_is_due(due, taken):
    """However captures come in, what is kept is never more than what is due, and all of it once it is paid."""
    state, captured, excess = "open", 0, 0
    for amount in taken:
        outcome = rules.after_capture(state, due, captured, amount)
        assert 0 <= outcome.excess <= amount
        state, captured, excess = outcome.state, captured + amount, excess + outcome.excess
    assert (state == "paid") == (captured >= due)
    assert captured - excess == min(captured, due)


def test_a_closed_payment_keeps_nothing():
    """Whatever is captured after the close goes back."""
    assert rules.after_capture("closed", 2000, 0, 2000) == Outcome("closed", 2000, "late_payment")


@given(amounts, st.lists(amounts, max_size=5))
def test_a_refund_is_spread_over_captures_in_order_up_to_their_room(amount, rooms):
    """The parts add up to the amount or fill every room; each but the last fills its room."""
    given_rooms = [Part(new_id(), room) for room in rooms]
    parts = rules.split(amount, given_rooms)
    assert sum(part.amount for part in parts) == min(amount, sum(rooms))
    assert [part.capture_id for part in parts] == [room.capture_id for room in given_rooms[: len(parts)]]
    assert all(part.amount == room.amount for part, room in zip(parts[:-1], given_rooms, strict=False))


def test_pauses_grow_to_ten_minutes():
    """5, 10, 20 seconds and so on, and never more than 10 minutes, however often it was tried."""
    assert [rules.pause(tries).total_seconds() for tries in (0, 1, 2, 3)] == [5, 5, 10, 20]
    assert rules.pause(10_000) == timedelta(minutes=10)
