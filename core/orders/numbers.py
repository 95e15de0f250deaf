"""Order numbers that people can read out: the day, nine random characters, a check character.

`261124-7K2M9-QX4TB`: Crockford's base 32 has no I, L, O or U; the last character is a Luhn mod N check
(ISO/IEC 7812-1, annex B, carried to base 32), so that one wrong character is noticed, and two swapped
neighbours unless they are 0 and Z.
"""

from __future__ import annotations

import secrets
from datetime import datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_number(now: datetime) -> str:
    body = f"{now:%y%m%d}" + "".join(secrets.choice(ALPHABET) for _ in range(9))
    return _grouped(body + check_character(body))


def check_character(body: str) -> str:
    total = sum(_doubled(ALPHABET.index(character), i) for i, character in enumerate(reversed(body)))
    return ALPHABET[-total % len(ALPHABET)]


def normalise(text: str) -> str | None:
    """A number as somebody typed or heard it, in its written form; None when it cannot be one."""
    plain = "".join(text.upper().split()).replace("-", "").translate(_READ_AS)
    if len(plain) != 16 or any(character not in ALPHABET for character in plain):
        return None
    return _grouped(plain) if check_character(plain[:-1]) == plain[-1] else None


def _doubled(value: int, position: int) -> int:
    factor = 2 if position % 2 == 0 else 1
    return sum(divmod(value * factor, len(ALPHABET)))


def _grouped(plain: str) -> str:
    return f"{plain[:6]}-{plain[6:11]}-{plain[11:]}"
