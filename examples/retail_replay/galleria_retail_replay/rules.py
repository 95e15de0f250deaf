"""What a receipt line makes of a price, and which order gets which receipt. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from galleria.core.plugin_api import (
    Amount,
    FixedPrice,
    Offer,
    OrderSnapshot,
    Per,
    Phase,
    PriceLine,
    text_of,
)
from msgspec import Struct

from .schemas import ReceiptLineBody, ReceiptLineName

PLUGIN_NAME = "retail_replay"
"""The entry point's name, under which a cart line's `extra` is filed."""

Key = tuple[str, int]
"""A receipt and a line of it."""

LABELS: Mapping[str, Mapping[str, str]] = {
    "shelf_price": {"zh-CN": "货架价", "en": "Shelf price"},
    "retail_disc": {"zh-CN": "零售折扣", "en": "Retail discount"},
    "coupon_match_disc": {"zh-CN": "商家配券", "en": "Coupon match"},
    "coupon_disc": {"zh-CN": "优惠券", "en": "Coupon"},
}


class Kind(Struct, frozen=True):
    """One of the four things that a receipt line says: where it is applied, and in which class."""

    code: str
    phase: Phase
    offer_class: str


SHELF = Kind("shelf_price", Phase.UNIT_PRICE, "activity")
RETAIL = Kind("retail_disc", Phase.LINE_DISCOUNT, "reduction")
MATCH = Kind("coupon_match_disc", Phase.ORDER_DISCOUNT, "reduction")
COUPON = Kind("coupon_disc", Phase.ORDER_DISCOUNT, "coupon")


def name_in(extra: Mapping[str, Any]) -> ReceiptLineName | None:
    """Return the receipt line that a cart line names; None when it names none, or not in the right form."""
    if PLUGIN_NAME not in extra:
        return None
    try:
        return msgspec.convert(extra[PLUGIN_NAME], ReceiptLineName)
    except msgspec.ValidationError:
        return None


def named(lines: Iterable[PriceLine]) -> dict[Key, PriceLine]:
    """Return the lines that name a receipt line; of several that name the same, the first."""
    found: dict[Key, PriceLine] = {}
    for line in lines:
        name = name_in(line.extra)
        if name is not None:
            found.setdefault((name.receipt, name.line), line)
    return found


def offers(wanted: Mapping[Key, PriceLine], known: Iterable[ReceiptLineBody], locale: str) -> list[Offer]:
    """Return what the receipts say of the lines that are the same goods in the same quantity."""
    return [
        offer
        for row in known
        if _same(wanted[row.receipt, row.line], row)
        for offer in offers_of(row, wanted[row.receipt, row.line].id, locale)
    ]


def _same(line: PriceLine, row: ReceiptLineBody) -> bool:
    return (line.sku_id, line.quantity) == (row.sku_id, row.quantity)


def offers_of(row: ReceiptLineBody, line_id: str, locale: str) -> Iterator[Offer]:
    """Yield the shelf price, and each discount that is not nought; all go together with each other."""
    yield _offer(SHELF, row, line_id, FixedPrice(row.unit_price, Per.UNIT), locale)
    for kind, amount in ((RETAIL, row.retail_disc), (MATCH, row.coupon_match_disc), (COUPON, row.coupon_disc)):
        if amount:
            yield _offer(kind, row, line_id, Amount(amount, Per.LINE), locale)


def _offer(kind: Kind, row: ReceiptLineBody, line_id: str, effect: FixedPrice | Amount, locale: str) -> Offer:
    return Offer(
        code=f"{kind.code}:{row.receipt}:{row.line}",
        label=text_of(LABELS[kind.code], locale),
        offer_class=kind.offer_class,
        phase=kind.phase,
        effect=effect,
        benefit=(line_id,),
        reference=row.receipt,
    )


def receipts_of(order: OrderSnapshot) -> frozenset[str]:
    """Return the receipts whose prices or discounts the order carries."""
    return frozenset(each.reference for each in order.adjustments if each.reference is not None)


def share_out(
    orders: Sequence[OrderSnapshot], free: Collection[str]
) -> tuple[dict[str, UUID], dict[UUID, frozenset[str]]]:
    """Give the free receipts to the orders, in order of arrival: all that an order needs, or none.

    Return the order of each receipt that is taken, and of each order that goes without the receipts it lacks.
    """
    taken: dict[str, UUID] = {}
    lacking: dict[UUID, frozenset[str]] = {}
    for order in orders:
        needed = receipts_of(order)
        missing = frozenset(receipt for receipt in needed if receipt not in free or receipt in taken)
        if missing:
            lacking[order.id] = missing
        else:
            taken |= dict.fromkeys(needed, order.id)
    return taken, lacking


def worth(row: ReceiptLineBody) -> int:
    """Return what was paid for a receipt line, in minor units; below nought when its discounts are too large."""
    return row.quantity * row.unit_price - row.retail_disc - row.coupon_match_disc - row.coupon_disc
