"""What carts go by: limits, what makes two lines one, and how two carts become one. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from ..errors import Conflict, Invalid
from ..types import Ask
from .contents import CartLineRow, DeliveryChoice

LARGEST_QUANTITY = 9999
MOST_LINES = 200
MOST_ASKS = 20
LONGEST_REFERENCE = 200
LARGEST_AMOUNT = 10**15
LARGEST_EXTRA = 4096
"""Bytes of a line's `extra` data as JSON."""
DEEPEST_EXTRA = 16
"""Levels of arrays and objects inside each other."""


class CartFull(Conflict):
    code = "cart_full"
    title = "A cart holds 200 lines at most"


def variant_key(extra: Mapping[str, Any]) -> str:
    """A digest of `extra` in which the order of its members does not count; empty when there is none."""
    return hashlib.sha256(msgspec.json.encode(extra, order="sorted")).hexdigest() if extra else ""


def check_extra(
    extra: Mapping[str, Any], plugins: Collection[str], *, installed: Collection[str] = (), path: str = "extra"
) -> None:
    """Raises Invalid: each member belongs to one of `plugins`, which are on, and all together are not too large.

    Of the others, those that are `installed` are said to be off.
    """
    strange = [name for name in extra if name not in plugins]
    if strange:
        codes = {name: "plugin_off" if name in installed else "unknown_plugin" for name in strange}
        errors = [{"path": f"{path}.{name[:80]}", "code": codes[name], "detail": ""} for name in strange[:MOST_ASKS]]
        detail = "Extra data is filed by the name of a plugin that is on in the line's store, or in the mall."
        raise Invalid(detail, code=errors[0]["code"], errors=errors)
    if _deeper(extra, DEEPEST_EXTRA) or len(msgspec.json.encode(extra)) > LARGEST_EXTRA:
        detail = f"at most {LARGEST_EXTRA} bytes, and {DEEPEST_EXTRA} levels"
        errors = [{"path": path, "code": "extra_too_large", "detail": detail}]
        raise Invalid("The extra data is too large.", code="extra_too_large", errors=errors)


def _deeper(value: object, levels: int) -> bool:
    """Whether arrays and objects lie deeper inside each other than `levels`."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(item, levels - 1) for item in inner)


def merged_lines(mine: Sequence[CartLineRow], theirs: Sequence[CartLineRow]) -> list[CartLineRow]:
    """My lines, then those of theirs that are new to me.

    Quantities of what is in both add up, to 9999 at most; the line stays mine, and is selected if either was.
    Raises CartFull when the lines are too many.
    """
    found = {_key(line): line for line in mine}
    for line in theirs:
        same = found.get(_key(line))
        found[_key(line)] = line if same is None else _sum(same, line)
    if len(found) > MOST_LINES:
        raise CartFull("The two carts together hold more than 200 lines. Take some out and merge again.")
    return list(found.values())


def merged_asks(mine: Sequence[Ask], theirs: Sequence[Ask]) -> tuple[Ask, ...]:
    """My asks, and theirs of plugins that I asked nothing in that scope; the first 20."""
    scopes = {(ask.plugin, ask.store_id) for ask in mine}
    return (*mine, *(ask for ask in theirs if (ask.plugin, ask.store_id) not in scopes))[:MOST_ASKS]


def merged_delivery(
    mine: Mapping[UUID, DeliveryChoice], theirs: Mapping[UUID, DeliveryChoice]
) -> dict[UUID, DeliveryChoice]:
    """My choices, and theirs for stores where I made none."""
    return {**theirs, **mine}


def _key(line: CartLineRow) -> tuple[UUID, str]:
    return line.sku_id, line.variant_key


def _sum(mine: CartLineRow, other: CartLineRow) -> CartLineRow:
    quantity = min(mine.quantity + other.quantity, LARGEST_QUANTITY)
    return replace(mine, quantity=quantity, selected=mine.selected or other.selected)
