from __future__ import annotations

from uuid import UUID

from galleria.core.checkout.refunding import refund
from galleria.core.orders import fulfilment, queries
from galleria.core.orders.actors import SYSTEM
from galleria.core.orders.fulfilment import Shipped
from galleria.core.orders.invariants import INVARIANTS
from galleria.core.orders.refunds import RefundUnits
from galleria.core.pricing import engine
from galleria.core.storage import db
from galleria.core.types import Phase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..checkout.breaking import broken
from ..checkout.offering import bought
from ..pricing.build import offers, shippings, taxes

PHASES = tuple(phase for phase in Phase if phase not in (Phase.SHIPPING, Phase.TAX))
PRICES = st.sampled_from((0, 1, 3, 99, 333, 1999)) | st.integers(0, 5000)


def quoting(data: st.DataObject):
    """Prices a request with whatever offers, shipping and taxes come."""

    def quote(request):
        return engine.price(
            request,
            data.draw(offers(request, PHASES, 5), label="offers"),
            shipping=data.draw(shippings(request), label="shipping"),
            taxes=data.draw(taxes(request), label="taxes"),
        )

    return quote


async def sent_in_part(mall, order, data: st.DataObject) -> None:
    """Send some units of the order, or none."""
    lines = [line for line in order.lines if line.kind == "goods"]
    units = [Shipped(line.id, data.draw(st.integers(0, line.quantity), label="sent")) for line in lines]
    units = [unit for unit in units if unit.quantity]
    if units:
        await fulfilment.ship(mall, order.store_id, order.id, SYSTEM, carrier="c", tracking_number="1", units=units)


def next_refund(left: dict[UUID, int], data: st.DataObject) -> list[RefundUnits]:
    """Units of one or several lines, in any order."""
    chosen = data.draw(st.lists(st.sampled_from(sorted(left)), min_size=1, unique=True), label="lines")
    return [RefundUnits(line_id, data.draw(st.integers(1, left[line_id]), label="units")) for line_id in chosen]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
async def test_refunding_all_in_any_order_and_grouping_returns_exactly_what_was_paid(
    mall, make_person, make_shop, make_goods, data: st.DataObject
):
    """Whatever offers, shipping, taxes and tenders made the price, and however the units of the orders are
    refunded, before or after they were sent: each order gives back its total, the provider its share of it
    and the tenders theirs, no refund is below zero, and every adjustment is cancelled by its reversals."""
    shops = [await make_shop() for _ in range(data.draw(st.integers(1, 2), label="shops"))]
    wanted = []
    for _ in range(data.draw(st.integers(1, 3), label="lines")):
        goods = await make_goods(data.draw(st.sampled_from(shops)), prices=(data.draw(PRICES),))
        wanted.append((goods.sku, data.draw(st.integers(1, 4))))
    draft = await bought(mall, (await make_person()).id, wanted, quoting(data))
    for order in draft.orders:
        await sent_in_part(mall, order, data)
        left, made = {line.id: line.quantity for line in order.lines}, []
        while left:
            units = next_refund(left, data)
            made.append(await refund(mall, order.store_id, order.id, units, SYSTEM, reason="x", restock=True))
            for unit in units:
                left[unit.line_id] -= unit.quantity
            left = {line_id: count for line_id, count in left.items() if count}
        assert sum(part.amount for part in made) == order.total
        assert (sum(part.money for part in made), sum(part.tenders for part in made)) == (order.due, order.tenders)
        assert all(part.amount >= 0 for part in made)
        stored = await queries.store_order(order.store_id, order.id)
        assert (stored.refunded, stored.state in ("cancelled", "fulfilling")) == (order.total, True)
        assert await broken(INVARIANTS, {"order": order.id}) == set()
    back = "SELECT refunded, captured FROM payment WHERE id = $1"
    if draft.payment_id is not None:
        assert tuple(await db.fetch_row(back, draft.payment_id)) == (draft.due, draft.due)
