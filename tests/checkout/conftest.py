from __future__ import annotations

from datetime import UTC, datetime

import pytest
from galleria.core.checkout.invariants import INVARIANTS
from galleria.core.orders.invariants import INVARIANTS as ORDERS
from galleria.core.storage.invariants import violations
from galleria.core.testing.client import ok

from .buying import ADDRESS, Buyer, Counter
from .stories import tell


@pytest.fixture
async def make_buyer(api, mall, make_person):
    """Makes a shopper with an address; after the test every invariant of orders and checkouts must hold."""

    async def make(person=None) -> Buyer:
        client = api.acting_as(person := person or await make_person())
        address = ok(await client.post("/api/me/addresses", ADDRESS), 201)
        return Buyer(client, mall, person, address["id"])

    yield make
    assert await violations([*ORDERS, *INVARIANTS], datetime.now(UTC)) == []


@pytest.fixture
async def buyer(make_buyer):
    return await make_buyer()


@pytest.fixture
def counter(api):
    """The counter of a shop, served by its owner, or by somebody else."""

    def open_counter(shop, person=None) -> Counter:
        return Counter(api.acting_as(person or shop.owner), shop)

    return open_counter


@pytest.fixture
async def story(mall, make_person, make_shop, make_goods):
    """The ids of four checkouts of one shop: half sent and refunded, placed, cancelled, repaid in tenders."""
    return await tell(mall, await make_person(), await make_goods(await make_shop(), prices=(1999, 333), stock=20))
