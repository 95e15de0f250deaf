"""Refunding orders as a store's staff do, and waiting until the money is back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any

from .calls import Caller, Unexpected
from .refunds import Refunds, Units, amounts
from .shelves import path
from .trade import Bought, Refunded

_PAUSE = 0.2
_PATIENCE = 120
"""Seconds until the provider must have given everything back."""


async def refund(operator: Caller, bought: Bought, refunds: Refunds) -> Refunded:
    """Make an order's refunds, one after the other. Raises Unexpected when one is refused."""
    basket, given, differing = bought.basket, 0, 0
    expected = amounts(basket, refunds)
    for units, must_be in zip(refunds.steps, expected, strict=True):
        made = await _refund(operator, bought, None if refunds.whole else units)
        given += made["amount"]["amount"]
        differing += _differing(bought, made, units, must_be)
    return Refunded(
        store=basket.store,
        whole=refunds.whole,
        amount=given,
        expected=sum(amount for step in expected for amount in step.values()),
        lines_differing=differing,
    )


async def _refund(operator: Caller, bought: Bought, units: Units | None) -> Any:
    """The refund that was made: of everything, or of these units."""
    body: dict[str, object] = {"reason": "replay"}
    if units is not None:
        body["lines"] = [{"line_id": bought.lines[at].id, "quantity": count} for at, count in units.items()]
    place = f"{path(bought.basket.store)}/staff/orders/{bought.order_id}/refunds"
    order = await operator.post("refund", place, body)
    return order["refunds"][-1]


def _differing(bought: Bought, made: Any, units: Units, must_be: Mapping[int, int]) -> int:
    """How many lines were given another amount, or another number of units, than they had to be."""
    found = {part["line_id"]: (part["quantity"], part["amount"]) for part in made["lines"]}
    wanted = {bought.lines[at].id: (units[at], must_be[at]) for at in units}
    return sum(found.get(line) != wanted.get(line) for line in found.keys() | wanted.keys())


async def settled(operator: Caller) -> None:
    """Wait until the provider has given all refunds back. Raises Unexpected when it does not."""
    deadline = monotonic() + _PATIENCE
    while any([await _with_state(operator, state) for state in ("pending", "sent")]):
        if monotonic() > deadline:
            raise Unexpected(f"GET /api/mall/refunds: some are not given back after {_PATIENCE} s")
        await asyncio.sleep(_PAUSE)
    if await _with_state(operator, "failed"):
        raise Unexpected("GET /api/mall/refunds: the provider has refused some")


async def _with_state(operator: Caller, state: str) -> bool:
    page = await operator.get("list refunds", "/api/mall/refunds", state=state, limit="1")
    return bool(page["items"])
