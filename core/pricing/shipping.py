"""Phase 4: what each store would send, and the row that its shipping becomes."""

from __future__ import annotations

from collections.abc import Sequence

from ..types import LineKind, Parcel, PriceLine, ShippingQuote
from .sheet import Row, Sheet

DEFAULT_METHOD = "delivery"


def parcels(sheet: Sheet) -> tuple[Parcel, ...]:
    """Return one parcel a store, in the order in which the stores first occur."""
    request = sheet.request
    by_store: dict[object, list[tuple[PriceLine, int]]] = {}
    for line, amount in zip(request.lines, sheet.running, strict=False):
        by_store.setdefault(line.store_id, []).append((line, amount))
    return tuple(
        Parcel(
            store_id=store_id,
            method=request.delivery.get(store_id, DEFAULT_METHOD),
            goods=sum(amount for _, amount in lines),
            quantity=sum(line.quantity for line, _ in lines),
            weight_grams=sum(line.quantity * line.weight_grams for line, _ in lines),
            destination=request.destination,
        )
        for lines in by_store.values()
        for store_id in [lines[0][0].store_id]
    )


def add_shipping(sheet: Sheet, quotes: Sequence[ShippingQuote]) -> None:
    """Add the row `shipping:<store>` for each quote, in the order of the stores.

    Raises ValueError on a negative amount, a second quote for a store, or a store without lines.
    """
    by_store = {quote.store_id: quote for quote in quotes}
    stores = list(dict.fromkeys(line.store_id for line in sheet.request.lines))
    if len(by_store) < len(quotes) or not by_store.keys() <= set(stores):
        raise ValueError("one shipping quote a store, and only for stores of the request")
    for store_id in stores:
        quote = by_store.get(store_id)
        if quote is None:
            continue
        if quote.amount < 0:
            raise ValueError(f"shipping of {quote.amount} by {quote.plugin}")
        row = Row(
            f"shipping:{store_id}",
            store_id,
            LineKind.SHIPPING,
            1,
            plugin=quote.plugin,
            code=quote.code,
            label=quote.label,
        )
        sheet.add_row(row, quote.amount)
