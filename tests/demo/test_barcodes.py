"""EAN-13 and its check digit."""

from __future__ import annotations

import pytest
from galleria.core.demo import reading
from galleria.core.demo.barcodes import barcode, ean13


@pytest.mark.parametrize("known", ["4006381333931", "5901234123457", "9780306406157", "0000000000000"])
def test_known_codes(known: str):
    """The check digit is that of codes which are printed on things."""
    assert ean13(known[:12]) == known


@pytest.mark.parametrize("digits", ["", "12345678901", "1234567890123", "12345678901x", "１２３４５６７８９０１２"])
def test_twelve_digits_are_wanted(digits: str):
    """Anything else than twelve ASCII digits is refused."""
    with pytest.raises(ValueError, match="twelve digits"):
        ean13(digits)


def test_the_demo_has_valid_codes_each_once():
    """Weighted by 1 and 3 in turn, the digits of each code add up to a multiple of ten."""
    stores = [reading.store_data(name) for name in reading.mall_data().stores]
    codes = [
        barcode(store.number, product.number, place + 1)
        for store in stores
        for product in store.products
        for place, _ in enumerate(product.skus)
    ]
    assert len(set(codes)) == len(codes) == 103
    for code in codes:
        assert len(code) == 13
        assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code)) % 10 == 0
