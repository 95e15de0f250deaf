"""Shorthands of the stock's tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from galleria.core.ids import new_id
from galleria.core.inventory import service
from galleria.core.inventory.invariants import INVARIANTS
from galleria.core.inventory.service import HoldRequest
from galleria.core.storage import db
from galleria.core.stores.tables import Location


@pytest.fixture
def request_for():
    """A request to hold units of a product's SKU at its shop's warehouse, for a new owner unless one is given."""

    def make(goods, quantity=1, *, sku=None, owner=None, location=None) -> HoldRequest:
        return HoldRequest(
            store_id=goods.shop.id,
            sku_id=sku or goods.sku,
            location_id=location or goods.shop.warehouse,
            owner=owner or new_id(),
            quantity=quantity,
        )

    return make


@pytest.fixture
def hold(mall):
    """Hold groups of requests, each an argument; returns the refusals in the order of the groups."""

    async def run(*groups):
        named = [(new_id(), group) for group in groups]
        now = mall.now()
        refused = await service.hold(named, expires_at=now + timedelta(minutes=30), now=now)
        return [refused.get(identity) for identity, _ in named]

    return run


@pytest.fixture
def level() -> Callable[..., Awaitable[tuple[int, int] | None]]:
    """(on_hand, held) of a SKU at a location; None without a level."""

    async def read(sku: UUID, location: UUID):
        sql = "SELECT on_hand, held FROM stock_level WHERE sku_id = $1 AND location_id = $2"
        found = await db.fetch_row(sql, sku, location)
        return None if found is None else tuple(found)

    return read


@pytest.fixture
def make_location(mall):
    """A further location of a shop."""

    async def make(shop, kind="branch", *, active=True) -> UUID:
        identity = new_id()
        await Location(
            id=identity, store_id=shop.id, kind=kind, name="Second", address={}, opening_hours={}, active=active,
            created_at=mall.now(),
        ).save().run()  # fmt: skip
        return identity

    return make


@pytest.fixture
def broken(mall):
    """The names of this domain's invariants that do not hold for the stock of a product, now or at a given time."""

    async def find(goods, now=None) -> set[str]:
        found = set()
        for invariant in INVARIANTS:
            arguments = [now or mall.now()] if "$1" in invariant.sql else []
            if any(row["sku_id"] in goods.skus for row in await db.fetch(invariant.sql, *arguments)):
                found.add(invariant.name)
        return found

    return find


@pytest.fixture
def meeting(monkeypatch):
    """Have the first callers of a module's function wait for each other once it has answered.

    Nothing is left to chance in a control: what a lock would keep apart happens at once.
    """

    def arrange(module, name: str, parties: int = 2) -> None:
        function, barrier, seats = getattr(module, name), asyncio.Barrier(parties), iter(range(parties))

        async def answer_together(*arguments):
            found = await function(*arguments)
            if next(seats, None) is not None:
                await barrier.wait()
            return found

        monkeypatch.setattr(module, name, answer_together)

    return arrange
