from __future__ import annotations

from uuid import uuid4

import pytest
from galleria.core.ids import new_id
from galleria.core.payments import payouts, service
from galleria.core.payments.service import Share
from galleria.core.testing.client import ok, problem


async def sold(desk, shop, amount=2000):
    payment_id = await desk.open(amount)
    await desk.captured(payment_id, amount)
    share = Share(order_id=new_id(), store_id=shop.id, amount=amount)
    await service.apply(payment_id, [share], now=desk.mall.now())
    return payment_id, share


@pytest.fixture
async def operator(api, make_person):
    return api.acting_as(await make_person(operator=True))


async def test_the_operator_sees_everything_of_a_payment(desk, operator, mall, make_shop, provider):
    """Attempts, captures, refunds and the ledger, which sums to nothing."""
    payment_id, share = await sold(desk, await make_shop())
    await desk.refund(payment_id, share, 500)
    await payouts.sweep(mall)
    seen = ok(await operator.get(f"/api/mall/payments/{payment_id}"))
    assert (len(seen["attempts"]), len(seen["captures"]), len(seen["refunds"])) == (1, 1, 1)
    assert sum(entry["amount"]["amount"] for entry in seen["ledger"]) == 0
    assert [entry["kind"] for entry in seen["ledger"]] == [
        kind for kind in ("capture", "apply", "refund", "refund_paid") for _ in range(2)
    ]


async def test_the_operator_filters_payments(desk, operator, provider):
    """By state, shopper, checkout and provider; page by page, newest first."""
    first, second = await desk.open(), await desk.open()
    await desk.captured(second, 2000)
    mine = f"/api/mall/payments?account_id={desk.shopper.id}"
    listed = ok(await operator.get(f"{mine}&limit=1"))
    assert [row["id"] for row in listed["items"]] == [str(second)]
    rest = ok(await operator.get(f"{mine}&limit=1&cursor={listed['next_cursor']}"))
    assert ([row["id"] for row in rest["items"]], rest["next_cursor"]) == ([str(first)], None)
    for query in ("state=paid", f"provider={provider.code}"):
        assert [row["id"] for row in ok(await operator.get(f"{mine}&{query}"))["items"]] == [str(second)]
    checkout_id = (await desk.payment(first))["checkout_id"]
    found = ok(await operator.get(f"/api/mall/payments?checkout_id={checkout_id}"))
    assert [row["id"] for row in found["items"]] == [str(first)]
    for query in ("state=nonsense", "limit=0", "limit=101", "account_id=x"):
        problem(await operator.get(f"/api/mall/payments?{query}"), 422, "invalid")
    problem(await operator.get("/api/mall/payments?cursor=nonsense"), 422, "invalid_cursor")


async def test_a_refused_refund_is_seen_by_staff_and_tried_again_by_the_operator(
    desk, api, operator, mall, make_shop, make_member, provider
):
    """Staff see why; the operator has it tried once more."""
    shop = await make_shop()
    payment_id, share = await sold(desk, shop)
    await desk.refund(payment_id, share, 500)
    provider.faults["refund"] = ["refuse"]
    await payouts.sweep(mall)
    member = api.acting_as(await make_member(shop, "payments.read"))
    [seen] = ok(await member.get(f"{shop.path}/staff/payment-refunds?state=failed"))["items"]
    assert (seen["error"], seen["order_id"]) == ("refund is refused", str(share.order_id))
    assert seen["id"] in [
        row["id"] for row in ok(await operator.get("/api/mall/refunds?state=failed&limit=100"))["items"]
    ]
    assert ok(await operator.post(f"/api/mall/refunds/{seen['id']}/retry", key=""))["state"] == "pending"
    problem(await operator.post(f"/api/mall/refunds/{seen['id']}/retry", key=""), 409, "refund_not_failed")
    problem(await operator.post(f"/api/mall/refunds/{uuid4()}/retry", key=""), 404, "refund_not_found")


async def test_a_store_sees_its_own_side_of_the_ledger_only(desk, api, make_shop, make_member):
    """What is owed to the store, by order; nothing of another store, nothing of the mall's accounts."""
    mine, other = await make_shop(), await make_shop()
    _, share = await sold(desk, mine, 2000)
    await sold(desk, mine, 100)
    await sold(desk, other, 700)
    member = api.acting_as(await make_member(mine, "payments.read"))
    entries = ok(await member.get(f"{mine.path}/staff/ledger"))["items"]
    assert [(entry["account"], entry["amount"]["amount"]) for entry in entries] == [("store", -100), ("store", -2000)]
    one = ok(await member.get(f"{mine.path}/staff/ledger?order_id={share.order_id}"))["items"]
    assert [entry["order_id"] for entry in one] == [str(share.order_id)]
    page = ok(await member.get(f"{mine.path}/staff/ledger?limit=1"))
    rest = ok(await member.get(f"{mine.path}/staff/ledger?limit=1&cursor={page['next_cursor']}"))
    assert [entry["amount"]["amount"] for entry in rest["items"]] == [-2000]
    assert ok(await member.get(f"{mine.path}/staff/ledger?currency=USD"))["items"] == []


@pytest.mark.parametrize("path", ["staff/ledger", "staff/payment-refunds"])
async def test_money_is_for_staff_with_the_permission(api, make_shop, make_member, make_person, path):
    """Anonymous 401; a shopper, another store's staff, and staff without payments.read 403."""
    shop, other = await make_shop(), await make_shop()
    assert (await api.get(f"{shop.path}/{path}")).status_code == 401
    for person in (await make_person(), other.owner, await make_member(shop, "orders.read")):
        assert (await api.acting_as(person).get(f"{shop.path}/{path}")).status_code == 403
    ok(await api.acting_as(shop.owner).get(f"{shop.path}/{path}"))


@pytest.mark.parametrize("path", ["/api/mall/payments", "/api/mall/refunds", f"/api/mall/payments/{uuid4()}"])
async def test_the_malls_payments_are_the_operators(desk, api, operator, make_shop, path):
    """Neither shoppers nor a store's owner see them."""
    assert (await api.get(path)).status_code == 401
    for person in (desk.shopper, (await make_shop()).owner):
        assert (await api.acting_as(person).get(path)).status_code == 403
    assert (await operator.get(path)).status_code in (200, 404)
