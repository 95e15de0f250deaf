"""The baskets of the data as receipts of the plugin `retail_replay`: switched on in each store, and handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import crowd
from .calls import Caller, Unexpected
from .model import Basket, Pair
from .shelves import path

PLUGIN = "retail_replay"
MOST_ROWS = 2_000
"""Lines that the plugin takes by one request."""
_IN_FORCE = 1
"""Seconds after which all processes that serve know that a plugin is on."""
_PAUSE = 0.1
_SWITCH = "switch a plugin on"
_HAND_IN = "hand in receipts"


def naming(basket: Basket, position: int) -> dict[str, object]:
    """Return the `extra` by which a line says that it is this line of the basket."""
    return {PLUGIN: {"receipt": str(basket.id), "line": position}}


def rows(basket: Basket, skus: Mapping[Pair, str]) -> list[dict[str, object]]:
    """Return what the plugin is told of the basket, a row for each line; amounts are cents."""
    return [
        {
            "receipt": str(basket.id),
            "line": position,
            "sku_id": skus[line.pair],
            "quantity": line.quantity,
            "unit_price": line.shelf_cents,
            "retail_disc": line.retail_disc_cents,
            "coupon_match_disc": line.coupon_match_disc_cents,
            "coupon_disc": line.coupon_disc_cents,
        }
        for position, line in enumerate(basket.lines)
    ]


async def switch_on(operator: Caller, stores: Sequence[int], *, at_once: int) -> None:
    """Switch the plugin on in each store, and wait until it is. Raises Unexpected, also when it is not installed."""

    async def switch(store: int) -> None:
        revision = (await _standing(operator, store))["revision"]
        versioned = operator.having(If_Match=f'"v{revision}"')
        await versioned.put(_SWITCH, f"{path(store)}/staff/plugins/{PLUGIN}", {"state": "on"})

    async def look(store: int) -> None:
        found = await _standing(operator, store)
        while found["state"] != "on":
            await asyncio.sleep(_PAUSE)
            found = await _standing(operator, store)

    await crowd.each(stores, switch, at_once=at_once, saying="plugins")
    await asyncio.sleep(_IN_FORCE)
    every_connection = [store for store in stores[-1:] for _ in range(at_once)]
    await crowd.each(every_connection, look, at_once=at_once, saying="plugins are on")


async def _standing(operator: Caller, store: int) -> Any:
    listed = await operator.get("list plugins", f"{path(store)}/staff/plugins")
    for each in listed:
        if each["name"] == PLUGIN:
            return each
    raise Unexpected(f"The plugin {PLUGIN} is not installed. Run `make replay`, or install examples/{PLUGIN}.")


async def hand_in(operator: Caller, baskets: Iterable[Basket], skus: Mapping[Pair, str], *, at_once: int) -> None:
    """Tell the plugin what is on the receipts, store by store, at most 2,000 lines a request."""
    by_store: dict[int, list[dict[str, object]]] = {}
    for basket in baskets:
        by_store.setdefault(basket.store, []).extend(rows(basket, skus))
    parts = [(store, part) for store, told in by_store.items() for part in portions(told)]

    async def send(part: tuple[int, Sequence[dict[str, object]]]) -> None:
        await operator.put(_HAND_IN, f"{path(part[0])}/{PLUGIN}/lines", {"lines": part[1]})

    await crowd.each(parts, send, at_once=at_once, saying="receipts", weight=lambda part: len(part[1]))


def portions(told: Sequence[dict[str, object]], most: int = MOST_ROWS) -> list[Sequence[dict[str, object]]]:
    """Cut rows into pieces of at most `most`."""
    return [told[start : start + most] for start in range(0, len(told), most)]
