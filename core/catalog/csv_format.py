"""How a catalog is written as CSV: one row a SKU, the product's columns repeated. Pure.

A cell that a spreadsheet would take for a formula is written with a `'` before it; reading takes it away again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .options import MOST_AXES, is_name, is_value
from .slugs import slug_of
from .trees import DEEPEST

COLUMNS = (
    "product_code",
    "name_zh",
    "name_en",
    "brand",
    "category",
    "sku_code",
    "barcode",
    "options",
    "price",
    "minimum_price",
    "cost",
    "weight_grams",
    "stock",
    "status",
    "description_zh",
    "description_en",
)
LANGUAGES = {"zh": "zh-CN", "en": "en"}
"""The languages of texts by the endings of their columns."""

LONGEST_NAME = 200
"""Characters of a brand's name, or of one category of a path."""

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_GUARDED = (*_RISKY, "'")


def guarded(text: str) -> str:
    """The cell's text such that no spreadsheet runs it."""
    return f"'{text}" if text.startswith(_GUARDED) else text


def unguarded(cell: str) -> str:
    """The text that was written as this cell."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_GUARDED) else cell


def write_options(options: Mapping[str, str]) -> str:
    """`size=L;colour=red`."""
    return ";".join(f"{name}={value}" for name, value in options.items())


def read_options(cell: str) -> dict[str, str]:
    """Raises ValueError for a part without a name or value, a name that was there before, too many."""
    options: dict[str, str] = {}
    for part in cell.split(";"):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if not is_name(name) or not is_value(value) or name in options:
            raise ValueError("Write options as `size=L;colour=red`, each name once.")
        options[name] = value
    if len(options) > MOST_AXES:
        raise ValueError(f"At most {MOST_AXES} options.")
    return options


def write_name(name: str, slug: str) -> str:
    """A name as it is where reading finds the slug in it, else the slug."""
    plain = name == name.strip() and name.isprintable() and ">" not in name and len(name) <= LONGEST_NAME
    return name if plain and slug_of(name) == slug else slug


def write_path(names: Sequence[str]) -> str:
    return " > ".join(names)


def read_path(cell: str) -> list[str]:
    """The names of a category's path from the root. Raises ValueError when one of them is no name."""
    names = [name.strip() for name in cell.split(">")]
    if len(names) > DEEPEST:
        raise ValueError(f"Categories go {DEEPEST} levels deep.")
    if not all(is_nameable(name) for name in names):
        raise ValueError("Write categories as `Tea > Green tea`, each with letters or digits.")
    return names


def is_nameable(name: str) -> bool:
    """Has it letters or digits, of which a slug can be made, and is it short enough?"""
    return len(name) <= LONGEST_NAME and bool(slug_of(name))
