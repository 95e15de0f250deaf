"""Comparing: what a checkout was priced by must still hold when it is placed. Each question is one read for a batch."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ..cart import queries as cart_queries
from ..catalog import queries as catalog
from ..errors import Conflict, Problem
from ..mall import Mall
from ..plugins import queries as plugins
from ..stores import queries as stores
from ..stores.queries import StoreRow
from .drafts import Draft


async def changed(mall: Mall, drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    """The checkouts that are refused on account of a change, by id. Inside the placing transaction."""
    refused = await changed_carts(drafts)
    refused |= await changed_prices(drafts)
    refused |= await changed_stores(drafts)
    refused |= await changed_plugins(mall, drafts)
    return refused


async def changed_carts(drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    """A cart is bought once, as it was when it was priced."""
    versions = await cart_queries.lock([entry.basket.cart_id for entry in drafts if entry.basket.cart_id])
    return {
        entry.id: Conflict("The cart has changed just now; look at it again.", code="cart_changed")
        for entry in drafts
        if entry.basket.cart_id and versions.pop(entry.basket.cart_id, None) != entry.basket.cart_version
    }


async def changed_stores(drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    """A store that has closed, or sends or taxes at other terms than were priced, sells nothing on the old ones."""
    now = await stores.stores_by_ids(list({store.id for entry in drafts for store in entry.stores}))
    return {
        entry.id: Conflict("A store has changed its terms just now; look at the new total.", code="store_changed")
        for entry in drafts
        if any(store.id not in now or _terms(now[store.id]) != _terms(store) for store in entry.stores)
    }


def _terms(store: StoreRow) -> tuple[object, ...]:
    return store.state, store.shipping_fee, store.tax_rate_ppm, store.default_location_id


async def changed_plugins(mall: Mall, drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    """What was priced by plugins, settings or rules that have changed since is priced anew."""
    now = await plugins.places_of(list({store.id for entry in drafts for store in entry.stores}))
    changed: dict[UUID, Problem] = {
        entry.id: Conflict("An offer has changed just now; look at the new total.", code="offers_changed")
        for entry in drafts
        if any(now.get(place, 0) != revision for place, revision in entry.revisions.items())
    }
    if changed:
        await mall.plugins.states.forget()
    return changed


async def changed_prices(drafts: Sequence[Draft]) -> dict[UUID, Problem]:
    changed = await catalog.changed_prices([pair for entry in drafts for pair in entry.prices])
    return {
        entry.id: Conflict("A price has changed just now; look at the new total.", code="price_changed")
        for entry in drafts
        if any(sku_id in changed for sku_id, _ in entry.prices)
    }
