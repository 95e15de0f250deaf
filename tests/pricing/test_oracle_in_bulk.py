"""The four promises of a price, each on two hundred thousand random requests."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .bulk import case
from .test_known_defects import check_refunds
from .test_oracle import check, check_fixed_point, check_order, few

EXAMPLES, REQUESTS = 1_000, 200


def check_promises(seed: int, requests: int) -> None:
    """Assert of each request that oracle, any order, pricing again and refunding all agree with its price."""
    random = Random(seed)
    for number in range(requests):
        one = case(random)
        try:
            check(one)
            check_order(one, random)
            check_fixed_point(one)
            check_refunds(one, random)
        except AssertionError as error:
            raise AssertionError(f"request {number} of seed {seed}: {one}") from error


@few
@given(st.integers(0, 2**63))
def test_prices_keep_their_promises(seed: int):
    """A price is the oracle's, whatever the order, holds when priced again, and is refunded in full."""
    check_promises(seed, 5)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@settings(few, max_examples=EXAMPLES)
@given(st.integers(0, 2**63))
def test_prices_keep_their_promises_at_length(seed: int):
    """The same on 1,000 times 200 requests."""
    check_promises(seed, REQUESTS)
