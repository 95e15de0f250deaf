"""The sandbox and the mall together: everything over HTTP, in one process."""

from __future__ import annotations

import httpx
import pytest
from galleria.core.checkout.invariants import INVARIANTS as CHECKOUTS
from galleria.core.jobs.registry import SWEEPS
from galleria.core.orders.invariants import INVARIANTS as ORDERS
from galleria.core.payments.invariants import INVARIANTS as PAYMENTS
from galleria.core.storage.invariants import violations
from galleria.core.testing.client import ok, problem

MONEY = (*PAYMENTS, *ORDERS, *CHECKOUTS)

ADDRESS = {
    "recipient": "李雷",
    "phone": "13800138000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 1 号",
}


@pytest.fixture
def joined(application, provider):
    """The sandbox's notifications reach the application of this process."""
    provider.courier.transport = httpx.ASGITransport(application)
    return provider


@pytest.fixture
async def placed(api, mall, make_person, make_shop, make_goods):
    """A shopper's client, the shop, and an order of 3998 fen that waits to be paid."""
    shopper, shop = api.acting_as(await make_person()), await make_shop()
    goods = await make_goods(shop, prices=(1999,))
    address = ok(await shopper.post("/api/me/addresses", ADDRESS), 201)
    total = {"amount": 3998, "currency": "CNY"}
    lines = [{"sku_id": str(goods.sku), "quantity": 2}]
    wanted = {"lines": lines, "address_id": address["id"], "expected_total": total}
    return shopper, shop, ok(await shopper.post("/api/checkouts", wanted), 201)


async def attempt(shopper, checkout):
    path = f"/api/payments/{checkout['payment_id']}/attempts"
    made = ok(await shopper.post(path, {"provider": "sandbox_pay"}), 201)
    return httpx.URL(made["client_data"]["pay_url"]).path


async def sweep(mall, name):
    [found] = [sweep for sweep in SWEEPS if sweep.name == name]
    return await found.run(mall)


async def payment_of(shopper, checkout):
    return ok(await shopper.get(f"/api/payments/{checkout['payment_id']}"))


async def order_of(shopper, checkout):
    return ok(await shopper.get(f"/api/orders/{checkout['orders'][0]['id']}"))


async def test_an_order_is_paid_on_the_page(api, mall, joined, placed, deliver):
    """Attempt, page, payment, signed notification, paid order; every invariant holds."""
    shopper, _, checkout = placed
    page = await attempt(shopper, checkout)
    assert "39.98 CNY" in (await api.get(page)).text
    assert ok(await api.post(f"{page}/pay", key=""))["notified"]
    await deliver()
    assert (await payment_of(shopper, checkout))["state"] == "paid"
    assert (await order_of(shopper, checkout))["state"] == "paid"
    assert await violations(MONEY, mall.now()) == []


async def test_a_part_does_not_pay_the_order(api, joined, placed, deliver):
    """One yuan leaves the rest due; a second attempt for the rest pays."""
    shopper, _, checkout = placed
    ok(await api.post(f"{await attempt(shopper, checkout)}/pay", {"amount": 100}, key=""))
    await deliver()
    seen = await payment_of(shopper, checkout)
    assert (seen["state"], seen["due"]["amount"]) == ("partially_paid", 3898)
    assert (await order_of(shopper, checkout))["state"] == "placed"
    ok(await api.post(f"{await attempt(shopper, checkout)}/pay", key=""))
    await deliver()
    assert (await order_of(shopper, checkout))["state"] == "paid"


async def test_a_cancelled_order_can_no_longer_be_paid(api, mall, joined, placed):
    """Cancelling closes the attempt at the sandbox."""
    shopper, _, checkout = placed
    page = await attempt(shopper, checkout)
    ok(await shopper.post(f"/api/checkouts/{checkout['id']}/cancel", {"reason": "changed_mind"}, key=""))
    await sweep(mall, "payment_attempts")
    problem(await api.post(f"{page}/pay", key=""), 409, "sandbox_payment_not_payable")


async def test_a_late_payment_is_refunded(api, mall, joined, placed):
    """Paid between the cancel and the close: the mall records it, and the money goes back by itself."""
    shopper, _, checkout = placed
    page = await attempt(shopper, checkout)
    ok(await shopper.post(f"/api/checkouts/{checkout['id']}/cancel", {"reason": "changed_mind"}, key=""))
    assert ok(await api.post(f"{page}/pay", key=""))["notified"]
    await sweep(mall, "payment_refunds")
    [refund] = (await payment_of(shopper, checkout))["refunds"]
    assert (refund["state"], refund["reason"], refund["amount"]["amount"]) == ("succeeded", "late_payment", 3998)
    assert (await order_of(shopper, checkout))["state"] == "cancelled"


@pytest.mark.parametrize("later", [False, True])
async def test_a_refund_goes_back_through_the_sandbox(api, mall, joined, placed, deliver, later):
    """At once, or when the sandbox tells that it has been settled."""
    joined.refunds_later = later
    shopper, shop, checkout = placed
    page = await attempt(shopper, checkout)
    ok(await api.post(f"{page}/pay", key=""))
    await deliver()
    order = checkout["orders"][0]["id"]
    owner = api.acting_as(shop.owner)
    ok(await owner.post(f"{shop.path}/staff/orders/{order}/refunds", {"reason": "return"}), 201)
    await sweep(mall, "payment_refunds")
    if later:
        assert [refund["state"] for refund in (await payment_of(shopper, checkout))["refunds"]] == ["sent"]
        [token] = {part.split("/")[0] for part in (await api.get(page)).text.split("/refunds/")[1:]}
        ok(await api.post(f"/api/plugins/sandbox_pay/refunds/{token}/settle", {"state": "succeeded"}, key=""))
    [refund] = (await payment_of(shopper, checkout))["refunds"]
    assert (refund["state"], refund["amount"]["amount"]) == ("succeeded", 3998)
    await deliver()
    assert await violations(MONEY, mall.now()) == []


async def test_a_lost_notification_is_made_up_for_by_asking(api, mailbox, provider, placed, deliver):
    """The mall hears nothing, the shopper has it asked, and the order is paid."""
    shopper, _, checkout = placed
    page = await attempt(shopper, checkout)
    mailbox.statuses = [0] * 10
    assert not ok(await api.post(f"{page}/pay", key=""))["notified"]
    assert (await payment_of(shopper, checkout))["state"] == "open"
    seen = ok(await shopper.post(f"/api/payments/{checkout['payment_id']}/refresh", key=""))
    assert seen["state"] == "paid"
    await deliver()
    assert (await order_of(shopper, checkout))["state"] == "paid"


async def test_a_forged_notification_pays_nothing(api, mailbox, provider, placed, deliver):
    """The true message with a byte changed, without its signature, or as a probe, is refused by the mall."""
    shopper, _, checkout = placed
    page = await attempt(shopper, checkout)
    ok(await api.post(f"{page}/pay", {"amount": 100}, key=""))
    [sent] = mailbox.requests
    headers = {name: value for name, value in sent.headers.items() if name.startswith("sandbox-")}
    forged = [
        (sent.content.replace(b'"amount":100', b'"amount":3998'), headers),
        (sent.content, {}),
        (sent.content, headers | {"sandbox-signature": "WECHATPAY/SIGNTEST/" + headers["sandbox-signature"]}),
    ]
    for content, said in forged:
        refused = await api.post(sent.url.path, key="", content=content, headers=said)
        problem(refused, 400, "invalid_notification")
    assert (await payment_of(shopper, checkout))["captured"]["amount"] == 0
    ok(await api.post(sent.url.path, key="", content=sent.content, headers=headers))
    assert (await payment_of(shopper, checkout))["captured"]["amount"] == 100


@pytest.fixture
async def switch(api, make_person):
    """Switch the sandbox for the mall; after the test it is on again."""
    path, operator = "/api/mall/plugins", api.acting_as(await make_person(operator=True))

    async def state():
        [found] = [one for one in ok(await operator.get(path)) if one["name"] == "sandbox_pay"]
        return found

    async def to(wanted):
        versioned = operator.having(If_Match=f'"v{(await state())["revision"]}"')
        ok(await versioned.put(f"{path}/sandbox_pay", {"state": wanted}))

    yield to
    if (await state())["state"] != "on":
        await to("on")


async def offered(api):
    return [one["code"] for one in ok(await api.get("/api/payments/providers"))]


async def test_a_sandbox_that_is_not_on_is_not_offered(api, joined, placed, switch):
    """Draining and off alike: no way to pay, no new attempt, no page; on again, all of it."""
    shopper, _, checkout = placed
    path = f"/api/payments/{checkout['payment_id']}/attempts"
    page = await attempt(shopper, checkout)
    for state in ("draining", "off"):
        await switch(state)
        assert "sandbox_pay" not in await offered(api)
        problem(await shopper.post(path, {"provider": "sandbox_pay"}), 422, "unknown_provider")
        problem(await api.get(page), 404, "plugin_disabled")
    await switch("on")
    assert "sandbox_pay" in await offered(api)
    await attempt(shopper, checkout)


async def test_an_attempt_that_was_made_before_is_answered_again(joined, placed, switch):
    """The same Idempotency-Key gives the attempt that was made while the sandbox was on."""
    shopper, _, checkout = placed
    path = f"/api/payments/{checkout['payment_id']}/attempts"
    made = ok(await shopper.post(path, {"provider": "sandbox_pay"}, key="once"), 201)
    await switch("draining")
    assert ok(await shopper.post(path, {"provider": "sandbox_pay"}, key="once"), 201)["id"] == made["id"]


@pytest.mark.parametrize("states", [("draining",), ("draining", "off")])
async def test_a_late_notification_is_recorded(api, mailbox, provider, placed, deliver, switch, states):
    """Paid while the sandbox was on, told when it is not any more: the order is paid, for facts always arrive."""
    shopper, _, checkout = placed
    page = await attempt(shopper, checkout)
    ok(await api.post(f"{page}/pay", key=""))
    [sent] = mailbox.requests
    for state in states:
        await switch(state)
    assert (await payment_of(shopper, checkout))["state"] == "open"
    headers = {name: value for name, value in sent.headers.items() if name.startswith("sandbox-")}
    ok(await api.post(sent.url.path, key="", content=sent.content, headers=headers))
    await deliver()
    assert (await order_of(shopper, checkout))["state"] == "paid"


async def test_an_attempt_is_asked_for_and_refunded_while_the_sandbox_is_off(
    api, mall, mailbox, provider, placed, deliver, switch
):
    """Its notification is lost; asking finds the money, and a refund takes it back, without the plugin being on."""
    shopper, shop, checkout = placed
    page = await attempt(shopper, checkout)
    mailbox.statuses = [0] * 10
    ok(await api.post(f"{page}/pay", key=""))
    await switch("draining")
    await switch("off")
    assert ok(await shopper.post(f"/api/payments/{checkout['payment_id']}/refresh", key=""))["state"] == "paid"
    await deliver()
    order = checkout["orders"][0]["id"]
    ok(await api.acting_as(shop.owner).post(f"{shop.path}/staff/orders/{order}/refunds", {"reason": "return"}), 201)
    await sweep(mall, "payment_refunds")
    [refund] = (await payment_of(shopper, checkout))["refunds"]
    assert (refund["state"], refund["amount"]["amount"]) == ("succeeded", 3998)
    await deliver()
    assert await violations(MONEY, mall.now()) == []
