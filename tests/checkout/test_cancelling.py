from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from galleria.core.checkout import cancelling, queries
from galleria.core.checkout.cancelling import cancel, expire_due
from galleria.core.checkout.placing import place
from galleria.core.checkout.settling import settle
from galleria.core.errors import Conflict
from galleria.core.ids import new_id
from galleria.core.orders.actors import SYSTEM, Actor
from galleria.core.payments.captures import record_capture
from galleria.core.storage import db
from galleria.core.testing.client import ok, problem
from structlog.testing import capture_logs

from .buying import PROVIDER, attempt, capture, of, stock
from .offering import drafted


async def state_of(checkout_id) -> tuple[str, set[str], str]:
    """The states of a checkout, its orders and its payment."""
    checkout = await db.fetch_value("SELECT state FROM checkout WHERE id = $1", checkout_id)
    orders = await db.fetch("SELECT state FROM shop_order WHERE checkout_id = $1", checkout_id)
    payment = await db.fetch_value("SELECT state FROM payment WHERE checkout_id = $1", checkout_id)
    return checkout, {row["state"] for row in orders}, payment


PAID = ("paid", {"paid"}, "paid")
CANCELLED = ("cancelled", {"cancelled"}, "closed")


async def returned(checkout_id) -> list[tuple[int, str]]:
    """What is on its way back to the buyer, and why, without anybody having asked."""
    sql = (
        "SELECT r.amount, r.reason FROM payment_refund r JOIN payment p ON p.id = r.payment_id WHERE p.checkout_id = $1"
    )
    return [tuple(row) for row in await db.fetch(sql, checkout_id)]


async def test_cancelling_undoes_all_of_a_checkout(buyer, make_shop, make_goods):
    """A shopper who does not pay cancels every order; the units are free again and the payment is closed."""
    first, second = [await make_goods(await make_shop(), stock=4) for _ in range(2)]
    placed = await buyer.place(of(first, 3), of(second))
    cancelled = ok(await buyer.cancel(placed["id"], "too_dear"))
    assert cancelled["state"] == "cancelled"
    assert await state_of(placed["id"]) == CANCELLED
    order = await buyer.order(placed["orders"][0]["id"])
    assert order["cancel_reason"] == "too_dear"
    assert [(event["kind"], event["actor"]) for event in order["history"]] == [
        ("placed", "shopper"),
        ("cancel", "shopper"),
    ]
    assert (await stock(first), await stock(second)) == ((4, 0), (4, 0))


async def test_cancelling_again_changes_nothing(buyer, make_shop, make_goods):
    """The second cancellation is answered like the first, and frees no further unit."""
    goods = await make_goods(await make_shop(), stock=4)
    placed, other = await buyer.place(of(goods, 3)), await buyer.place(of(goods, 1))
    first = ok(await buyer.cancel(placed["id"]))
    assert ok(await buyer.cancel(placed["id"])) == first
    assert await stock(goods) == (4, 1)
    assert (await state_of(other["id"]))[0] == "placed"


async def test_a_reason_is_a_short_text(buyer, make_shop, make_goods):
    """Without a reason there is a usual one; a reason that is too long, or cannot be kept, is refused."""
    placed = await buyer.place(of(await make_goods(await make_shop())))
    for reason in ("x" * 41, "\0", 5):
        problem(await buyer.cancel(placed["id"], reason), 422, "invalid")
    ok(await buyer.api.post(f"/api/checkouts/{placed['id']}/cancel", {}, key=""))
    assert (await buyer.order(placed["orders"][0]["id"]))["cancel_reason"] == "changed_mind"


async def test_what_is_paid_is_not_cancelled(buyer, make_shop, make_goods):
    """A paid checkout is refused with a hint at refunds, before and after it was settled."""
    goods = await make_goods(await make_shop())
    placed = await buyer.place(of(goods))
    await capture(buyer.mall, placed["payment_id"])
    problem(await buyer.cancel(placed["id"]), 409, "already_paid")
    await buyer.mall.outbox.deliver(buyer.mall.now())
    problem(await buyer.cancel(placed["id"]), 409, "already_paid")
    assert await state_of(placed["id"]) == PAID


async def test_reading_paying_or_cancelling_another_shoppers_order_by_id(make_buyer, make_shop, make_goods):
    """Another shopper's checkout, order and payment are not there: not to be read, cancelled, received or paid."""
    one, other = await make_buyer(), await make_buyer()
    placed = await one.place(of(await make_goods(await make_shop())))
    order_id, payment_id = placed["orders"][0]["id"], placed["payment_id"]
    problem(await other.api.get(f"/api/checkouts/{placed['id']}"), 404, "checkout_not_found")
    problem(await other.cancel(placed["id"]), 404, "checkout_not_found")
    problem(await other.api.get(f"/api/orders/{order_id}"), 404, "order_not_found")
    problem(await other.api.post(f"/api/orders/{order_id}/receive", key=""), 404, "order_not_found")
    tried = await other.api.post(f"/api/payments/{payment_id}/attempts", {"provider": "till"})
    assert tried.status_code == 404
    assert ok(await other.api.get("/api/orders"))["items"] == []
    assert await state_of(placed["id"]) == ("placed", {"placed"}, "open")


async def test_the_time_to_pay_runs_out(clock, mall, buyer, make_shop, make_goods):
    """Half an hour after placing, the sweep cancels: units free, payment closed, the reason in the order."""
    goods = await make_goods(await make_shop(), stock=4)
    placed = await buyer.place(of(goods, 3))
    clock.move(timedelta(seconds=mall.settings.payment_ttl - 5))
    await expire_due(mall)
    assert (await state_of(placed["id"]))[0] == "placed"
    clock.move(timedelta(seconds=10))
    assert await expire_due(mall) >= 1
    assert await state_of(placed["id"]) == CANCELLED
    assert await stock(goods) == (4, 0)
    order = await buyer.order(placed["orders"][0]["id"])
    assert (order["cancel_reason"], order["history"][-1]["actor"]) == ("expired", "system")


async def test_two_sweepers_cancel_once(clock, mall, buyer, make_shop, make_goods):
    """Two sweeps at once share what is due: each checkout is cancelled once, and no unit is freed twice."""
    goods = await make_goods(await make_shop(), stock=9)
    placed = [await buyer.place(of(goods)) for _ in range(6)]
    kept = await buyer.buy(of(goods))
    clock.move(timedelta(seconds=mall.settings.payment_ttl + 1))
    await asyncio.gather(expire_due(mall), expire_due(mall))
    assert [await state_of(checkout["id"]) for checkout in placed] == [CANCELLED] * 6
    assert await stock(goods) == (9, 1)
    assert await state_of(kept["id"]) == PAID
    events = "SELECT count(*) FROM order_history WHERE order_id = $1 AND kind = 'cancel'"
    assert {await db.fetch_value(events, checkout["orders"][0]["id"]) for checkout in placed} == {1}


async def test_a_checkout_that_cannot_expire_stops_no_other(clock, mall, buyer, make_shop, make_goods):
    """One that is paid and not yet settled is passed over; the next one is cancelled."""
    goods = await make_goods(await make_shop(), stock=9)
    paid, unpaid = await buyer.place(of(goods)), await buyer.place(of(goods))
    await capture(mall, paid["payment_id"])
    clock.move(timedelta(seconds=mall.settings.payment_ttl + 1))
    await expire_due(mall)
    assert await state_of(unpaid["id"]) == CANCELLED
    assert (await state_of(paid["id"]))[0] == "placed"
    await mall.outbox.deliver(mall.now())
    assert await state_of(paid["id"]) == PAID


def refusing(monkeypatch, refused, error) -> list[object]:
    """Have the cancellation of some checkouts fail; the ids of all whose cancellation is tried."""
    tried: list[object] = []

    async def tries(mall, checkout_id, actor, *, reason):
        tried.append(checkout_id)
        if checkout_id in refused:
            raise error
        return await cancel(mall, checkout_id, actor, reason=reason)

    monkeypatch.setattr(cancelling, "cancel", tries)
    return tried


async def crowd_and_one(mall, clock, make_person, make_shop, make_goods):
    """More checkouts than a sweep reads at once, and one whose time is up after theirs."""
    first = await checkouts(mall, make_person, make_shop, make_goods, 101)
    clock.move(timedelta(seconds=1))
    [(last, _)] = await checkouts(mall, make_person, make_shop, make_goods, 1)
    return first, last


async def first_read(now) -> set[object]:
    """What a sweep would read that does not know of payments and reads once: the control of the next two tests."""
    sql = "SELECT id FROM checkout WHERE state = 'placed' AND expires_at <= $1 ORDER BY expires_at LIMIT 100"
    return {row["id"] for row in await db.fetch(sql, now)}


async def test_many_paid_checkouts_that_are_not_settled_starve_no_other(
    clock, mall, make_person, make_shop, make_goods, monkeypatch
):
    """While the settling of a hundred payments waits, the sweep does not try them, and cancels what is not paid."""
    crowd, last = await crowd_and_one(mall, clock, make_person, make_shop, make_goods)
    for _, fact in crowd:
        await record_capture(mall, PROVIDER, fact)
    clock.move(timedelta(seconds=mall.settings.payment_ttl + 1))
    assert last.id not in await first_read(mall.now())
    tried = refusing(monkeypatch, (), None)
    await expire_due(mall)
    assert await state_of(last.id) == CANCELLED
    assert not {draft.id for draft, _ in crowd} & set(tried)
    await mall.outbox.deliver(mall.now())
    assert [await state_of(draft.id) for draft, _ in crowd] == [PAID] * len(crowd)


@pytest.mark.parametrize("error", [Conflict("no", code="already_paid"), RuntimeError("broken")])
async def test_many_checkouts_that_cannot_be_cancelled_starve_no_other(
    clock, mall, make_person, make_shop, make_goods, monkeypatch, error
):
    """Refusals and errors of a hundred that waited longer keep the sweep from none of the others; each is tried
    once, and again by the next sweep."""
    crowd, last = await crowd_and_one(mall, clock, make_person, make_shop, make_goods)
    clock.move(timedelta(seconds=mall.settings.payment_ttl + 1))
    assert last.id not in await first_read(mall.now())
    refused = {draft.id for draft, _ in crowd}
    with monkeypatch.context() as patched, capture_logs():
        tried = refusing(patched, refused, error)
        await expire_due(mall)
    assert await state_of(last.id) == CANCELLED
    assert len(tried) == len(set(tried)) > len(refused)
    assert {await state_of(draft.id) == CANCELLED for draft, _ in crowd} == {False}
    assert await expire_due(mall) >= len(refused)
    assert {await state_of(draft.id) == CANCELLED for draft, _ in crowd} == {True}


async def test_a_sweep_ends_when_the_database_is_away(clock, mall, buyer, make_shop, make_goods, monkeypatch):
    """That is no fault of a checkout: the next sweep begins anew."""
    await buyer.place(of(await make_goods(await make_shop())))
    clock.move(timedelta(seconds=mall.settings.payment_ttl + 1))
    with monkeypatch.context() as patched, pytest.raises(ConnectionError):
        refusing(patched, Everything(), ConnectionError())
        await expire_due(mall)
    assert await expire_due(mall) >= 1


class Everything:
    def __contains__(self, _):
        return True


async def block(order_id, *transitions) -> None:
    sql = "INSERT INTO order_block SELECT $2, store_id, id, 'party:waiting', $3, now() FROM shop_order WHERE id = $1"
    await db.execute(sql, order_id, new_id(), list(transitions))


async def test_no_sub_state_stops_a_payment_or_an_expiry(clock, mall, buyer, make_shop, make_goods):
    """What waits for others can hold a shopper's cancellation up, but neither money that came in nor the time."""
    goods = await make_goods(await make_shop(), stock=9)
    paid, unpaid = await buyer.place(of(goods)), await buyer.place(of(goods))
    for checkout in (paid, unpaid):
        await block(checkout["orders"][0]["id"], "pay", "cancel")
    refused = problem(await buyer.cancel(unpaid["id"]), 409, "order_blocked")
    assert refused["block"] == "party:waiting"
    assert await state_of(unpaid["id"]) == ("placed", {"placed"}, "open")
    assert await stock(goods) == (9, 2)
    await capture(mall, paid["payment_id"])
    await mall.outbox.deliver(mall.now())
    assert await state_of(paid["id"]) == PAID
    clock.move(timedelta(seconds=mall.settings.payment_ttl + 1))
    await expire_due(mall)
    assert await state_of(unpaid["id"]) == CANCELLED


async def test_a_payment_that_succeeds_after_the_time_out_cancel_is_given_back(
    clock, mall, buyer, make_shop, make_goods
):
    """Money that comes after the cancellation goes back in full, and the order stays cancelled."""
    placed = await buyer.place(of(await make_goods(await make_shop(), prices=(1999,))))
    late = await attempt(mall, placed["payment_id"])
    clock.move(timedelta(seconds=mall.settings.payment_ttl + 1))
    await expire_due(mall)
    assert await record_capture(mall, PROVIDER, late)
    await mall.outbox.deliver(mall.now())
    assert await state_of(placed["id"]) == CANCELLED
    assert await returned(placed["id"]) == [(1999, "late_payment")]


async def test_a_genuine_1_fen_payment_does_not_pay_a_20_yuan_order(mall, buyer, make_shop, make_goods):
    """A capture of less than is due does not pay the order; cancelling gives it back."""
    placed = await buyer.place(of(await make_goods(await make_shop(), prices=(2000,))))
    await capture(mall, placed["payment_id"], 1)
    await mall.outbox.deliver(mall.now())
    assert (await state_of(placed["id"]))[1] == {"placed"}
    ok(await buyer.cancel(placed["id"]))
    assert await returned(placed["id"]) == [(1, "partial_payment")]


async def checkouts(mall, make_person, make_shop, make_goods, count):
    """Placed checkouts of one buyer, each with the capture that is about to come in."""
    goods, person = await make_goods(await make_shop(), stock=1000), await make_person()
    drafts = [await drafted(mall, person.id, [(goods.sku, 1)]) for _ in range(count)]
    assert await place(mall, drafts) == {}
    return [(draft, await attempt(mall, draft.payment_id)) for draft in drafts]


async def cancelled_meanwhile(mall, draft) -> bool:
    try:
        return await cancel(mall, draft.id, Actor("shopper", draft.account_id), reason="race")
    except Conflict as refusal:
        if refusal.code != "already_paid":
            raise
        return False


@pytest.mark.parametrize("payment_first", [True, False])
async def test_time_out_cancel_and_payment_at_once_are_one_of_the_two(
    mall, make_person, make_shop, make_goods, payment_first
):
    """In 30 rounds of a cancellation against a capture the order is paid, or cancelled with the money on its way
    back: never both, never neither."""
    outcomes = []
    for draft, fact in await checkouts(mall, make_person, make_shop, make_goods, 30):
        pair = [record_capture(mall, PROVIDER, fact), cancelled_meanwhile(mall, draft)]
        _, cancelled = (await asyncio.gather(*(pair if payment_first else reversed(pair))))[
            :: 1 if payment_first else -1
        ]
        await mall.outbox.deliver(mall.now())
        state, back = await state_of(draft.id), await returned(draft.id)
        outcomes.append(cancelled)
        assert (state, back) == ((CANCELLED, [(draft.due, "late_payment")]) if cancelled else (PAID, []))
    assert len(outcomes) == 30


async def test_a_settlement_and_a_cancellation_at_once_leave_it_paid(mall, make_person, make_shop, make_goods):
    """Once the money is there, whoever comes first, the expiry or the settlement: the checkout ends paid."""
    for draft, fact in await checkouts(mall, make_person, make_shop, make_goods, 10):
        await record_capture(mall, PROVIDER, fact)
        cancelled, _ = await asyncio.gather(cancelled_meanwhile(mall, draft), settle(mall, draft.id, draft.payment_id))
        await mall.outbox.deliver(mall.now())
        assert (cancelled, await state_of(draft.id)) == (False, PAID)


async def test_without_asking_the_payment_a_paid_order_is_cancelled(
    mall, make_person, make_shop, make_goods, monkeypatch
):
    """The control: when cancelling does not ask the payment's row, money is kept for a cancelled order."""
    [(draft, fact)] = await checkouts(mall, make_person, make_shop, make_goods, 1)

    async def closed_unasked(*_, **__):
        return True

    @db.atomic
    async def look():
        await record_capture(mall, PROVIDER, fact)
        await cancel(mall, draft.id, SYSTEM, reason="race")
        found.append((await state_of(draft.id), await returned(draft.id)))
        raise Undone

    found: list[object] = []
    monkeypatch.setattr(cancelling.payments, "close_payment", closed_unasked)
    with pytest.raises(Undone):
        await look()
    assert found == [(("cancelled", {"cancelled"}, "paid"), [])]


class Undone(Exception):
    """Ends a transaction whose rows are to vanish."""


async def test_time_out_cancel_overwrites_a_concurrent_payment_without_compare_and_set(
    mall, make_person, make_shop, make_goods
):
    """A sweep that reads first and then writes without a condition cancels what
    has been paid in between; the compare-and-set of `cancel` does not."""
    [(draft, fact)] = await checkouts(mall, make_person, make_shop, make_goods, 1)
    read = await queries.checkout(draft.id)
    await record_capture(mall, PROVIDER, fact)
    await mall.outbox.deliver(mall.now())
    assert read is not None
    assert read.state == "placed"
    with pytest.raises(Conflict, match="paid"):
        await cancel(mall, draft.id, SYSTEM, reason="expired")
    assert await state_of(draft.id) == PAID

    @db.atomic
    async def look():
        await db.execute("UPDATE checkout SET state = 'cancelled' WHERE id = $1", draft.id)
        found.append(await state_of(draft.id))
        raise Undone

    found: list[object] = []
    with pytest.raises(Undone):
        await look()
    assert found == [("cancelled", {"paid"}, "paid")]
