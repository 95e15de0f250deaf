from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from galleria.core.mall import Mall
from galleria.core.payments.invariants import INVARIANTS
from galleria.core.storage import db
from galleria.core.storage.invariants import violations

from .scripted import Desk, ScriptedProvider


@pytest.fixture
def provider(mall: Mall) -> Iterator[ScriptedProvider]:
    """A provider that does what a test tells it to, known to the mall under a code of its own."""
    scripted = ScriptedProvider(f"scripted_{uuid4().hex[:8]}")
    mall.plugins.providers[scripted.code] = scripted
    yield scripted
    del mall.plugins.providers[scripted.code]


@pytest.fixture(autouse=True)
async def nobody_elses_work(mall: Mall) -> None:
    """What other tests left to be swept is not due for ten years: a sweep of a test meets that test's rows."""
    for table in ("payment_refund", "payment_attempt"):
        await db.execute(f"UPDATE {table} SET next_at = next_at + interval '10 years' WHERE next_at IS NOT NULL")


@pytest.fixture
async def desk(mall: Mall, provider: ScriptedProvider, make_person):
    """Payments of one shopper; after the test every invariant of payments must hold over the whole database."""
    yield Desk(mall, provider, await make_person())
    assert await violations(INVARIANTS, mall.now()) == []
