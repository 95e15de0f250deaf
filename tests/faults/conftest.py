from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest_asyncio


@pytest_asyncio.fixture(loop_scope="session")
async def own_database(addresses):
    """A new, empty database on the session's server, so that nobody else's deliveries are in it."""
    name = f"fault_{uuid4().hex[:8]}"
    link = await asyncpg.connect(addresses.database_url)
    await link.execute(f"CREATE DATABASE {name}")
    yield addresses.database_url.replace("/galleria?", f"/{name}?")
    await link.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await link.close()
