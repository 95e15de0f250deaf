from __future__ import annotations

from datetime import timedelta

from .offering import a_tenth_off, drafted


async def test_each_order_carries_its_own_share_of_a_malls_discount(mall, make_person, make_shop, make_goods):
    """A discount over two stores becomes a row in each order, with that order's lines only; the shares add up."""
    goods = [await make_goods(await make_shop(), prices=(price,)) for price in (1999, 333)]
    draft = await drafted(mall, (await make_person()).id, [(each.sku, 2) for each in goods], a_tenth_off)
    assert [order.store_id for order in draft.orders] == [each.shop.id for each in goods]
    for order in draft.orders:
        own = {line.id for line in order.lines}
        assert all(line_id in own for row in order.adjustments for line_id, _ in row.allocations)
        assert all(row.amount == sum(amount for _, amount in row.allocations) for row in order.adjustments)
        assert order.discounts == -sum(row.amount for row in order.adjustments if row.phase == 3)
    assert sum(order.discounts for order in draft.orders) == 466
    assert sum(order.tenders for order in draft.orders) == 100
    assert (sum(order.total for order in draft.orders), sum(order.due for order in draft.orders)) == (
        draft.total,
        draft.due,
    )


async def test_goods_are_held_and_shipping_is_not(mall, make_person, make_shop, make_goods):
    """Every goods line is held at its store's warehouse under its own id; rows of one unit hold nothing."""
    shop = await make_shop(shipping_fee=600)
    goods = await make_goods(shop)
    draft = await drafted(mall, (await make_person()).id, [(goods.sku, 2), (goods.sku, 1)])
    first, second, fee = draft.orders[0].lines
    assert (fee.kind, fee.quantity, fee.total, fee.location_id) == ("shipping", 1, 600, None)
    held = [(hold.owner, hold.quantity, hold.location_id) for hold in draft.holds]
    assert held == [(first.id, 2, shop.warehouse), (second.id, 1, shop.warehouse)]
    assert draft.prices == ((goods.sku, 1),)


async def test_a_draft_has_a_payment_only_when_something_is_due(mall, clock, make_person, make_shop, make_goods):
    """What costs nothing has no payment; the rest is to be paid within the setting `payment_ttl`."""
    now, shop, person = clock.hold(), await make_shop(), await make_person()
    free, dear = await make_goods(shop, prices=(0,)), await make_goods(shop)
    assert (await drafted(mall, person.id, [(free.sku, 1)])).payment_id is None
    draft = await drafted(mall, person.id, [(dear.sku, 1)])
    assert draft.payment_id is not None
    assert draft.expires_at == now + timedelta(seconds=mall.settings.payment_ttl)
