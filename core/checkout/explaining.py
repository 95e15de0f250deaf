"""Why an order costs what it costs: the quote that it was placed at is kept, and read to whoever asks."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from msgspec.structs import asdict, replace

from ..http.locale import text_of
from ..orders import queries as orders
from ..orders.queries import OrderRow
from ..pricing.explain import Sentence, explain
from ..types import Adjustment, LineKind, Quote, Totals
from . import queries


async def of_order(order: OrderRow, locale: str) -> list[Sentence]:
    """The sentences about one store's part of the quote; goods by the names that they had then."""
    found = await queries.quote(order.checkout_id)
    if found is None:
        return []
    part = part_of(found, order.store_id)
    goods = zip(part.lines, await orders.lines([order.id]), strict=True)
    names = {row.id: text_of(line.name, locale) for row, line in goods if row.kind is LineKind.GOODS}
    return explain(part, locale, names)


def part_of(quote: Quote, store_id: UUID) -> Quote:
    """What of a quote concerns one store: its rows, its share of each adjustment, and the offers that it could see."""
    lines = tuple(line for line in quote.lines if line.store_id == store_id)
    here = {line.id for line in lines}
    totals = next(entry for entry in quote.stores if entry.store_id == store_id)
    shares = [_share(adjustment, here) for adjustment in quote.adjustments]
    return replace(
        quote,
        lines=lines,
        adjustments=tuple(share for share in shares if share.allocations),
        stores=(totals,),
        totals=Totals(**{name: asdict(totals)[name] for name in Totals.__struct_fields__}),
        trace=tuple(entry for entry in quote.trace if entry.store_id in (None, store_id)),
    )


def _share(adjustment: Adjustment, here: Collection[str]) -> Adjustment:
    parts = tuple(part for part in adjustment.allocations if part.line_id in here)
    return replace(adjustment, allocations=parts, amount=sum(part.amount for part in parts))
