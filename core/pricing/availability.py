"""What of a list of wanted SKUs can be sold now, together, and why the rest cannot. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct, field

from ..catalog.queries import Sellable
from ..stores.queries import StoreRow

LARGEST = 10**15
"""Minor units: goods beyond this sum cannot be priced together."""


class Wanted(Struct, frozen=True, kw_only=True):
    """A SKU in a quantity. One that is not `priced` is looked up and checked, but adds nothing to the quote."""

    line_id: str
    sku_id: UUID
    quantity: int
    extra: Mapping[str, Any] = field(default_factory=dict)
    priced: bool = True


class Unavailable(Struct, frozen=True, kw_only=True):
    """Why a line cannot be sold now, and how many units could be, where stock is the reason.

    Reasons: store_closed, off_sale, deleted, out_of_stock, insufficient_stock, currency_mismatch,
    amount_too_large.
    """

    line_id: str
    sku_id: UUID
    reason: str
    available: int | None = None


class Shelf(Struct, frozen=True):
    """What was read. `stock` has the units of each SKU at its store's default location; None: nobody asked."""

    goods: Mapping[UUID, Sellable]
    stores: Mapping[UUID, StoreRow]
    stock: Mapping[UUID, int] | None


def sort_out(
    wanted: Sequence[Wanted], shelf: Shelf, currency: str | None = None
) -> tuple[list[Wanted], list[Unavailable]]:
    """Part what can be priced from what cannot be sold.

    Lines take stock in their order, those that are priced first, so that two lines of one SKU never count
    the same unit.
    """
    left, worth = dict(shelf.stock or {}), 0
    sold, refused = [], []
    for item in sorted(wanted, key=lambda item: not item.priced):
        found = _fault(item, shelf, left, worth, currency)
        if found is not None:
            refused.append(found)
            continue
        left[item.sku_id] = left.get(item.sku_id, 0) - item.quantity
        if item.priced:
            goods = shelf.goods[item.sku_id]
            currency = shelf.stores[goods.store_id].currency
            worth += goods.price * item.quantity
            sold.append(item)
    return sold, refused


def _fault(
    item: Wanted, shelf: Shelf, left: Mapping[UUID, int], worth: int, currency: str | None
) -> Unavailable | None:
    goods, available = shelf.goods.get(item.sku_id), None
    reason = _not_for_sale(goods, shelf.stores)
    if reason is None and shelf.stock is not None:
        available = max(left.get(item.sku_id, 0), 0)
        reason = _short(item.quantity, available, shelf.stock.get(item.sku_id, 0))
    if reason is None and goods is not None and item.priced:
        available = None
        reason = _not_together(goods, shelf.stores[goods.store_id], item.quantity, worth, currency)
    if reason is None:
        return None
    return Unavailable(line_id=item.line_id, sku_id=item.sku_id, reason=reason, available=available)


def _not_for_sale(goods: Sellable | None, found: Mapping[UUID, StoreRow]) -> str | None:
    if goods is None:
        return "deleted"
    store = found.get(goods.store_id)
    if store is None or store.state != "open":
        return "store_closed"
    return None if goods.active and goods.state == "on_sale" else "off_sale"


def _short(quantity: int, available: int, stock: int) -> str | None:
    if quantity <= available:
        return None
    return "insufficient_stock" if stock > 0 else "out_of_stock"


def _not_together(goods: Sellable, store: StoreRow, quantity: int, worth: int, currency: str | None) -> str | None:
    if currency is not None and store.currency != currency:
        return "currency_mismatch"
    return "amount_too_large" if worth + goods.price * quantity > LARGEST else None
