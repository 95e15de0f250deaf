from __future__ import annotations

import pytest
from galleria.core.money import LARGEST, parse_major, to_major
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("19.99", "CNY", 1999), ("0", "CNY", 0), ("5", "CNY", 500), ("0.5", "CNY", 50), ("500", "JPY", 500),
     ("1.234", "KWD", 1234), ("5.00", "JPY", 5), ("1.2300", "CNY", 123), ("1", "XYZ", 100)],
)  # fmt: skip
def test_major_units_are_read_by_the_currencys_decimals(text, currency, amount):
    """CNY has two decimals, JPY none, KWD three; trailing zeros do not count."""
    assert parse_major(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [("", "CNY"), ("-1", "CNY"), ("+1", "CNY"), ("1,5", "CNY"), ("1.", "CNY"), (".5", "CNY"), ("1e3", "CNY"),
     ("１", "CNY"),
     ("nan", "CNY"), ("1.999", "CNY"), ("1.5", "JPY"), ("9" * 30, "CNY"), ("0" * 50, "CNY"), (" 1", "CNY"),
     ("1\n", "CNY")],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text, currency):
    """Signs, separators, exponents, foreign digits, too many decimals and giants are no amounts."""
    with pytest.raises(ValueError, match=r".+"):
        parse_major(text, currency)


@given(st.integers(0, LARGEST), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_an_amount_survives_being_written(amount, currency):
    """Writing an amount and reading it back gives the same."""
    assert parse_major(to_major(amount, currency), currency) == amount
