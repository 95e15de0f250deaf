"""What a cart holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct, field

from ..types import Ask


class CartLineRow(Struct, frozen=True, kw_only=True):
    """A SKU in a quantity. `seen_price` is what a unit cost when it was last added, in minor units.

    Lines of one SKU differ by `extra`; `variant_key` is its digest.
    """

    id: UUID
    store_id: UUID
    sku_id: UUID
    quantity: int
    seen_price: int
    variant_key: str = ""
    selected: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)


class DeliveryChoice(Struct, frozen=True):
    """How one store's goods are to reach the buyer; the location, where the method needs one."""

    method: str
    location_id: UUID | None = None


class CartContents(Struct, frozen=True, kw_only=True):
    """A cart at a version; lines in the order in which they were added, delivery by store."""

    cart_id: UUID
    version: int
    lines: tuple[CartLineRow, ...] = ()
    asks: tuple[Ask, ...] = ()
    delivery: Mapping[UUID, DeliveryChoice] = field(default_factory=dict)
