from __future__ import annotations

from galleria.core.orders.rules import TRANSITIONS, Units, blocking, may_wait, split_refund
from hypothesis import given
from hypothesis import strategies as st


def test_no_way_leads_out_of_the_last_states():
    """Completed and cancelled are final, and nothing leads back to placed."""
    assert not any(starts & {"completed", "cancelled"} for starts, _ in TRANSITIONS.values())
    assert "placed" not in {target for _, target in TRANSITIONS.values()}


def test_payment_and_expiry_never_wait():
    """A sub-state holds nobody up who pays, nor the end of the time to pay; all else it may."""
    assert not may_wait("pay", "system")
    assert not may_wait("cancel", "system")
    assert all(may_wait(name, by) for name in ("fulfil", "complete", "void") for by in ("system", "staff"))
    assert may_wait("cancel", "shopper")


def test_a_blocked_transition_names_who_blocks_it():
    """Only the named transitions are blocked; the first sub-state that blocks one is told."""
    blocks = [("party:waiting", ["fulfil", "complete"]), ("audit:open", ["fulfil"])]
    assert blocking("fulfil", blocks) == "party:waiting"
    assert blocking("void", blocks) is None


@given(st.integers(1, 50), st.data())
def test_unsent_units_are_refunded_first(quantity: int, data: st.DataObject):
    """A refund takes what was not sent yet before what was, and never more of either than there is."""
    shipped = data.draw(st.integers(0, quantity))
    cancelled = data.draw(st.integers(0, quantity - shipped))
    count = data.draw(st.integers(0, quantity - cancelled))
    unsent, sent = split_refund(Units(quantity, shipped, cancelled), count)
    assert unsent + sent == count
    assert unsent == min(count, quantity - shipped - cancelled)
    assert 0 <= sent <= shipped
