"""Amounts as people write them: major units, with as many decimals as the currency has (ISO 4217)."""

from __future__ import annotations

import re

LARGEST = 10**15
"""Minor units of the largest amount."""

_WITHOUT_DECIMALS = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
_EXPONENTS = dict.fromkeys(_WITHOUT_DECIMALS, 0) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
_USUAL = 2
_WRITTEN = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def exponent(currency: str) -> int:
    """How many decimals a currency has: 2 for CNY, 0 for JPY, 3 for KWD; 2 for codes that are not listed."""
    return _EXPONENTS.get(currency, _USUAL)


def parse_major(text: str, currency: str) -> int:
    """`19.99` of CNY is 1999. Digits and one point only; no sign, no separators.

    Raises ValueError when the text is no such number, has more decimals than the currency (trailing zeros
    are allowed), or is above LARGEST.
    """
    if not _WRITTEN.fullmatch(text) or len(text) > 40:
        raise ValueError("Write an amount in digits, with a point before the decimals.")
    decimals = exponent(currency)
    whole, _, fraction = text.partition(".")
    if fraction[decimals:].strip("0"):
        raise ValueError(f"{currency} has {decimals} decimals.")
    amount = int(whole + fraction[:decimals].ljust(decimals, "0"))
    if amount > LARGEST:
        raise ValueError("The amount is too large.")
    return amount


def to_major(amount: int, currency: str) -> str:
    """1999 of CNY is `19.99`. The amount is not negative."""
    decimals = exponent(currency)
    digits = str(amount).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def signed_major(amount: int, currency: str) -> str:
    """-1999 of CNY is `-19.99`."""
    return f"-{to_major(-amount, currency)}" if amount < 0 else to_major(amount, currency)
