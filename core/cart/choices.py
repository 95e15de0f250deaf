"""What the buyer asks plugins for, and how each store's goods are to reach the buyer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from ..catalog.queries import sellable
from ..errors import Invalid
from ..ids import new_id
from ..mall import Mall
from ..pricing.service import SHIPPING
from ..storage import db
from ..stores.queries import stores_by_ids
from ..types import Ask
from .addressees import Addressees, addressees
from .contents import DeliveryChoice
from .holders import Holder, claim
from .rules import LARGEST_AMOUNT, LONGEST_REFERENCE, MOST_ASKS, check_extra

METHODS = (SHIPPING,)
"""The delivery methods that can be chosen."""


@db.atomic
async def put_asks(mall: Mall, holder: Holder, version: int, asks: Sequence[Ask]) -> None:
    """Replace all asks. Raises Invalid for a plugin that is not on there, an unknown store, or a repeated ask."""
    await check_asks(mall, asks)
    await write_asks(await claim(mall, holder, version), asks)


async def check_extras(mall: Mall, lines: Sequence[tuple[UUID, Mapping[str, Any]]]) -> None:
    """Check the `extra` data of lines, each with its SKU, as `check_extra` does. Unknown SKUs are another's matter."""
    if not any(extra for _, extra in lines):
        return
    found, goods = await addressees(mall), await sellable([sku_id for sku_id, extra in lines if extra])
    for at, (sku_id, extra) in enumerate(lines):
        plugins = found.of_line(goods[sku_id].store_id) if sku_id in goods else found.installed
        check_extra(extra, plugins, installed=found.installed, path=f"lines.{at}.extra")


async def check_asks(mall: Mall, asks: Sequence[Ask]) -> None:
    """Raises Invalid, with the path of each ask that cannot be."""
    if not asks:
        return
    if len(asks) > MOST_ASKS:
        raise Invalid(f"A cart has {MOST_ASKS} asks at most.", code="too_many_asks")
    named = {ask.store_id for ask in asks if ask.store_id is not None}
    known = await stores_by_ids(list(named)) if named else {}
    found = await addressees(mall)
    errors = [error for at, ask in enumerate(asks) for error in _faults(str(at), ask, found, known)]
    seen: set[object] = set()
    for at, ask in enumerate(asks):
        identity = (ask.plugin, ask.reference, ask.store_id)
        if identity in seen:
            errors.append(_error(str(at), "repeated_ask", "asked before in this list"))
        seen.add(identity)
    if errors:
        raise Invalid("Some of this cannot be asked.", code=errors[0]["code"], errors=errors)


def _faults(at: str, ask: Ask, found: Addressees, stores: Collection[UUID]) -> Iterator[dict[str, str]]:
    if ask.plugin not in found.installed:
        yield _error(f"{at}.plugin", "unknown_plugin", "this plugin is not installed")
    elif ask.store_id in (None, *stores) and ask.plugin not in found.in_place(ask.store_id):
        yield _error(
            f"{at}.plugin", "plugin_off", "this plugin is not on in the store, or in the mall if none is named"
        )
    if not 1 <= len(ask.reference) <= LONGEST_REFERENCE:
        yield _error(f"{at}.reference", "invalid_reference", f"1 to {LONGEST_REFERENCE} characters")
    if ask.amount is not None and not 0 <= ask.amount <= LARGEST_AMOUNT:
        yield _error(f"{at}.amount", "invalid_amount", f"0 to {LARGEST_AMOUNT}")
    if ask.store_id is not None and ask.store_id not in stores:
        yield _error(f"{at}.store_id", "unknown_store", "there is no such store")


async def write_asks(cart_id: UUID, asks: Sequence[Ask]) -> None:
    """Replace a claimed cart's asks."""
    await db.execute("DELETE FROM cart_ask WHERE cart_id = $1", cart_id)
    if asks:
        await db.execute(
            "INSERT INTO cart_ask (id, cart_id, store_id, plugin, reference, amount) "
            "SELECT n.id, $1, n.store_id, n.plugin, n.reference, n.amount "
            "FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[]) "
            "n (id, store_id, plugin, reference, amount)",
            cart_id,
            [new_id() for _ in asks],
            [ask.store_id for ask in asks],
            [ask.plugin for ask in asks],
            [ask.reference for ask in asks],
            [ask.amount for ask in asks],
        )


@db.atomic
async def put_delivery(mall: Mall, holder: Holder, version: int, store_id: UUID, choice: DeliveryChoice) -> None:
    """Choose a store's delivery. Raises Invalid for an unknown method, or a location that it has no use for."""
    if choice.method not in METHODS:
        detail = f"one of: {', '.join(METHODS)}"
        raise Invalid("There is no such delivery method.", errors=[_error("method", "unknown_method", detail)])
    if choice.location_id is not None:
        detail = f"{choice.method} goes to an address"
        raise Invalid("This method takes no location.", errors=[_error("location_id", "no_location", detail)])
    await write_delivery(await claim(mall, holder, version), {store_id: choice})


async def write_delivery(cart_id: UUID, choices: Mapping[UUID, DeliveryChoice]) -> None:
    """Set the named stores' choices of a claimed cart."""
    await db.execute(
        "INSERT INTO cart_delivery (id, cart_id, store_id, method, location_id) "
        "SELECT n.id, $1, n.store_id, n.method, n.location_id "
        "FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[]) n (id, store_id, method, location_id) "
        "ON CONFLICT (cart_id, store_id) DO UPDATE SET method = excluded.method, location_id = excluded.location_id",
        cart_id,
        [new_id() for _ in choices],
        list(choices),
        [choice.method for choice in choices.values()],
        [choice.location_id for choice in choices.values()],
    )


def _error(path: str, code: str, detail: str) -> dict[str, str]:
    return {"path": path, "code": code, "detail": detail}
