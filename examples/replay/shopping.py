"""Buying a basket: lines that name their receipt, checkout, payment, and what the order then says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any

from .calls import Unexpected
from .households import Household
from .model import Basket, Pair
from .receipts import PLUGIN, naming
from .trade import Bought, BoughtLine

PROVIDER = "sandbox_pay"
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.5
_PATIENCE = 60
"""Seconds until an order must be paid after its payment."""


async def buy(household: Household, basket: Basket, skus: Mapping[Pair, str], *, by_cart: bool) -> Bought:
    """Buy a basket, directly or through the household's cart. Raises Unexpected."""
    lines = [
        {"sku_id": skus[line.pair], "quantity": line.quantity, "extra": naming(basket, position)}
        for position, line in enumerate(basket.lines)
    ]
    if by_cart:
        for line in lines:
            await household.shopper.post("add to cart", "/api/cart/lines", line)
    checkout = await _checked_out(household, {} if by_cart else {"lines": lines})
    payment = checkout["payment_id"]
    if payment is None and checkout["state"] != "paid":
        raise Unexpected(f"Checkout {checkout['id']} has no payment, and is {checkout['state']}")
    if payment is not None:
        await _pay(household, payment)
    (summary,) = checkout["orders"]
    bought = bought_by(basket, await _paid(household, summary["id"]), free=payment is None)
    captured = 0 if payment is None else await _captured(household, payment)
    if captured != bought.paid:
        raise Unexpected(f"Checkout {checkout['id']}: its order is paid with {bought.paid}, captured was {captured}")
    return bought


def bought_by(basket: Basket, order: Any, *, free: bool) -> Bought:
    """Return what an order says of a basket. Its lines find theirs by the receipt line that they name."""
    goods = [line for line in order["lines"] if line["kind"] == "goods"]
    at = {line["extra"][PLUGIN]["line"]: BoughtLine(line["id"], line["total"]["amount"]) for line in goods}
    return Bought(
        basket=basket,
        order_id=order["id"],
        paid=order["due"]["amount"],
        free=free,
        lines=tuple(at[position] for position in range(len(basket.lines))),
    )


async def _checked_out(household: Household, what: Mapping[str, object]) -> Any:
    basket = {**what, "address_id": household.address_id}
    quote = await household.shopper.post("preview", "/api/checkouts/preview", basket, status=200)
    if quote["unavailable"]:
        raise Unexpected(f"POST /api/checkouts/preview: cannot be sold: {quote['unavailable']}")
    wanted = basket | {"expected_total": quote["totals"]["total"]}
    return await household.shopper.post("check out", "/api/checkouts", wanted)


async def _pay(household: Household, payment_id: str) -> None:
    attempt = await household.shopper.post(
        "start payment", f"/api/payments/{payment_id}/attempts", {"provider": PROVIDER}
    )
    await household.shopper.post("pay", f"{attempt['client_data']['pay_url']}/pay", status=200)


async def _paid(household: Household, order_id: str) -> Any:
    """The order once it is paid, after waiting for that."""
    deadline, pause = monotonic() + _PATIENCE, _FIRST_PAUSE
    while True:
        order = await household.shopper.get("read order", f"/api/orders/{order_id}")
        if order["state"] == "paid":
            return order
        if order["state"] != "placed" or monotonic() > deadline:
            raise Unexpected(f"GET /api/orders/{order_id}: not paid but {order['state']} after {_PATIENCE} s at most")
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _captured(household: Household, payment_id: str) -> int:
    """What providers took for the payment."""
    payment = await household.shopper.get("read payment", f"/api/payments/{payment_id}")
    return int(payment["captured"]["amount"])
