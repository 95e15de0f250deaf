"""Buying a basket: cart, checkout, payment, and what the orders then say was paid."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any

from .calls import Unexpected
from .households import Household
from .model import Basket, Pair

PROVIDER = "sandbox_pay"
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.5
_PATIENCE = 60
"""Seconds until an order must be paid after its payment."""


async def buy(household: Household, basket: Basket, skus: Mapping[Pair, str]) -> int:
    """Buy a basket, and return what its orders say was paid, in minor units. Raises Unexpected."""
    for pair, quantity in basket.cart().items():
        line = {"sku_id": skus[pair], "quantity": quantity}
        await household.shopper.post("add to cart", "/api/cart/lines", line)
    checkout = await _checked_out(household)
    payment = checkout["payment_id"]
    if payment is not None:
        await _pay(household, payment)
    paid = sum([await _paid(household, order["id"]) for order in checkout["orders"]])
    captured = 0 if payment is None else await _captured(household, payment)
    if captured != paid:
        raise Unexpected(f"Checkout {checkout['id']}: its orders are paid with {paid}, captured was {captured}")
    return paid


async def _checked_out(household: Household) -> Any:
    where = {"address_id": household.address_id}
    quote = await household.shopper.post("preview", "/api/checkouts/preview", where, status=200)
    if quote["unavailable"]:
        raise Unexpected(f"POST /api/checkouts/preview: cannot be sold: {quote['unavailable']}")
    wanted = where | {"expected_total": quote["totals"]["total"]}
    return await household.shopper.post("check out", "/api/checkouts", wanted)


async def _pay(household: Household, payment_id: str) -> None:
    attempt = await household.shopper.post(
        "start payment", f"/api/payments/{payment_id}/attempts", {"provider": PROVIDER}
    )
    await household.shopper.post("pay", f"{attempt['client_data']['pay_url']}/pay", status=200)


async def _paid(household: Household, order_id: str) -> int:
    """What the order says was due once it is paid, after waiting for that."""
    deadline, pause = monotonic() + _PATIENCE, _FIRST_PAUSE
    while True:
        order = await household.shopper.get("read order", f"/api/orders/{order_id}")
        if order["state"] == "paid":
            return int(order["due"]["amount"])
        if order["state"] != "placed" or monotonic() > deadline:
            raise Unexpected(f"GET /api/orders/{order_id}: not paid but {order['state']} after {_PATIENCE} s at most")
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _captured(household: Household, payment_id: str) -> int:
    """What providers took for the payment."""
    payment = await household.shopper.get("read payment", f"/api/payments/{payment_id}")
    return int(payment["captured"]["amount"])
