"""Checks: may this be bought, may this order take that step? A check that fails says no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from ..snapshots import OrderSnapshot, Refusal
from ..types import PriceRequest, StoreTotals, Totals
from .failures import Failure, PluginFailed
from .places import Shown, turns_over
from .proposals import listed, sound
from .shown import shown_to
from .turns import Moment, Turn, take, take_each


class Refused(Struct, frozen=True, kw_only=True):
    """A plugin's refusal in a place: `store_id`, or None for the mall."""

    plugin: str
    store_id: UUID | None
    refusal: Refusal

    @property
    def code(self) -> str:
        """The code that clients see: the plugin's name, then its own word."""
        return f"{self.plugin}:{self.refusal.code}"


async def cart(
    moment: Moment, request: PriceRequest, totals: Totals, stores: Sequence[StoreTotals]
) -> tuple[list[Refused], list[Failure]]:
    """Why this cannot be bought, and the plugins that could not say."""
    sums: Mapping[UUID | None, Totals] = {None: totals, **{entry.store_id: entry for entry in stores}}
    shown = Shown.of(request)
    asked = [
        (turn, _refusals, partial(_shown, turn, shown, sums[turn.store_id]))
        for turn in turns_over(moment, "check_cart", [entry.store_id for entry in stores])
    ]
    found: list[Refused] = []
    failures: list[Failure] = []
    for (turn, _, _), answer in zip(asked, await take_each(asked), strict=True):
        if not isinstance(answer, PluginFailed):
            found += [Refused(plugin=turn.plugin, store_id=turn.store_id, refusal=each) for each in answer]
        elif not turn.optional:
            failures.append(answer.failure)
    return found, failures


def _shown(turn: Turn, shown: Shown, totals: Totals) -> dict[str, Any]:
    return {"request": shown.to(turn), "totals": replace(totals)}


async def transition(
    moment: Moment, name: str, orders: Sequence[OrderSnapshot]
) -> tuple[dict[UUID, Refused], list[Failure]]:
    """The refused orders, by id, and the plugins that could not say. `orders` are shown as they are."""
    found: dict[UUID, Refused] = {}
    failures: list[Failure] = []
    for turn in turns_over(moment, "check_transition", list(dict.fromkeys(order.store_id for order in orders))):
        mine = tuple(shown_to(turn, order) for order in orders if turn.store_id in (None, order.store_id))
        try:
            refusals = await take(turn, by_order(mine), {"transition": name, "orders": mine}, reads=True)
        except PluginFailed as failed:
            if not turn.optional:
                failures.append(failed.failure)
        else:
            for order_id, refusal in refusals.items():
                found.setdefault(order_id, Refused(plugin=turn.plugin, store_id=turn.store_id, refusal=refusal))
    return found, failures


def by_order(orders: Sequence[OrderSnapshot]) -> Any:
    """A parser of refusals by the id of one of these orders."""
    known = {order.id for order in orders}

    def parse(answer: Any) -> dict[UUID, Refusal]:
        if not isinstance(answer, Mapping) or not set(answer) <= known:
            raise TypeError("answered with something else than refusals by the id of an order that was shown")
        return dict(zip(answer, _refusals(list(answer.values())), strict=True))

    return parse


def _refusals(answer: Any) -> list[Refusal]:
    found = [sound(refusal) for refusal in listed(answer, Refusal)]
    if not all(refusal.code for refusal in found):
        raise ValueError("a refusal without a code")
    return found
