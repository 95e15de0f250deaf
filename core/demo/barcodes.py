"""Barcodes of the demo's goods: EAN-13 in the range 200-299, which is kept for use inside a store. Pure."""

from __future__ import annotations


def ean13(digits: str) -> str:
    """Twelve digits and their check digit. Raises ValueError for anything else than twelve digits."""
    if len(digits) != 12 or not (digits.isascii() and digits.isdigit()):
        raise ValueError("an EAN-13 is made of twelve digits and a check digit")
    odd, even = (sum(int(digit) for digit in digits[start::2]) for start in (0, 1))
    return digits + str(-(odd + 3 * even) % 10)


def barcode(store: int, product: int, variant: int) -> str:
    """The code of a store's product's variant, each counted from 1."""
    return ean13(f"20{store:03}{product:05}{variant:02}")
