from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest
from galleria.core.pricing.engine import price
from galleria.core.pricing.fingerprint import fingerprint
from galleria.core.types import Ask

from .build import NOW, line, request, shipping, store, tax


def test_equal_inputs_have_equal_fingerprints():
    """Two requests that say the same have one fingerprint, however their mappings are built."""
    one = request(line("a", 5, extra={"x": 1, "y": 2}), delivery={store(1): "pickup", store(2): "mail"})
    two = request(
        line("a", 5, extra=MappingProxyType({"y": 2, "x": 1})),
        delivery={store(2): "mail", store(1): "pickup"},
    )
    assert fingerprint(one) == fingerprint(two)
    assert len(fingerprint(one)) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"lines": (line("a", 5, 2),)},
        {"lines": (line("a", 5, price_revision=2),)},
        {"lines": (line("a", 5, extra={"engraving": "A"}),)},
        {"currency": "USD"},
        {"shopper_id": store(3)},
        {"asks": (Ask(plugin="coupon", reference="c1"),)},
        {"delivery": {store(1): "pickup"}},
        {"destination": {"city": "Suzhou"}},
        {"now": NOW + timedelta(seconds=60)},
    ],
)
def test_every_input_counts(change: dict[str, Any]):
    """A change of lines, context or time slice is another fingerprint."""
    assert fingerprint(request(line("a", 5))) != fingerprint(request(**{"lines": (line("a", 5),), **change}))


def test_a_second_within_the_slice_does_not_count():
    """Two quotes in one time slice agree."""
    later = NOW + timedelta(seconds=59)
    assert fingerprint(request(line("a", 5))) == fingerprint(request(line("a", 5), now=later))


def test_versions_revisions_and_answers_count():
    """Another plugin version, another settings revision, other shipping or taxes: another fingerprint."""
    wanted = request(line("a", 5))
    found = [
        price(wanted),
        price(wanted, versions={"coupons": "1.0"}),
        price(wanted, versions={"coupons": "1.1"}),
        price(wanted, revisions={"coupons": 2}),
        price(wanted, shipping=[shipping(1)]),
        price(wanted, shipping=[shipping(2)]),
        price(wanted, taxes=[tax("a", 10, included=True)]),
    ]
    assert len({quote.fingerprint for quote in found}) == len(found)
