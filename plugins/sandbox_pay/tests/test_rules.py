"""The sandbox's pure judgements."""

from __future__ import annotations

import pytest
from galleria_sandbox_pay import rules


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(0, "CNY", "0.00 CNY"), (5, "CNY", "0.05 CNY"), (199900, "USD", "1,999.00 USD"), (1999, "JPY", "1,999 JPY"),
     (1234, "KWD", "1.234 KWD"), (10**15, "CNY", "10,000,000,000,000.00 CNY")],
)  # fmt: skip
def test_amounts_are_written_with_the_currencys_decimals(amount, currency, text):
    """Minor units become what people read."""
    assert rules.written(amount, currency) == text


@pytest.mark.parametrize(("setting", "later"), [("", False), ("at_once", False), ("later", True)])
def test_the_refund_setting_has_two_values(setting, later):
    """At once unless it says later."""
    assert rules.refunds_later(setting) is later


def test_another_refund_setting_is_refused():
    """A misspelt setting stops the start instead of meaning something."""
    with pytest.raises(ValueError, match="GALLERIA_SANDBOX_PAY_REFUNDS"):
        rules.refunds_later("Later")
