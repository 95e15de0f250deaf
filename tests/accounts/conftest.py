"""People who register and sign in over the API, each test from a network address of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from galleria.core.accounts.invariants import INVARIANTS
from galleria.core.storage.invariants import violations
from galleria.core.testing.client import Api, ok

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Known:
    """Somebody who has registered. `api` speaks as them once they have signed in."""

    id: UUID
    email: str
    password: str = PASSWORD
    tokens: dict[str, Any] = field(default_factory=dict)
    api: Api | None = None


def bearer(api: Api, tokens: dict[str, Any]) -> Api:
    """`api` with an access token."""
    return api.having(Authorization=f"Bearer {tokens['access_token']}")


@pytest_asyncio.fixture(loop_scope="session")
async def api_from(application):
    """An anonymous client at a network address."""
    clients: list[httpx.AsyncClient] = []

    def make(address: str) -> Api:
        transport = httpx.ASGITransport(application, client=(address, 50000))
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://mall.test"))
        return Api(clients[-1])

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
def anywhere():
    """A network address that no other test is likely to use."""
    return ".".join(str(random.randint(1, 254)) for _ in range(4))


@pytest.fixture
def api(api_from, anywhere) -> Api:
    """An anonymous client of the API, alone at its network address."""
    return api_from(anywhere)


@pytest.fixture
def email():
    return f"{uuid4().hex[:12]}@example.com"


@pytest.fixture
def register(api):
    """Register somebody over the API."""

    async def run(**fields: Any) -> Known:
        email = fields.pop("email", f"{uuid4().hex[:12]}@example.com")
        password = fields.pop("password", PASSWORD)
        answer = ok(await api.post("/api/accounts", {"email": email, "password": password, **fields}), 201)
        return Known(UUID(answer["id"]), email, password)

    return run


@pytest.fixture
def sign_in(api):
    """Sign somebody in; returns the response."""

    async def run(identifier: str, password: str = PASSWORD, *, by: Api = api) -> httpx.Response:
        return await by.post("/api/sessions", {"identifier": identifier, "password": password}, key="")

    return run


@pytest.fixture
def enter(api, register, sign_in):
    """Register somebody and sign them in."""

    async def run(**fields: Any) -> Known:
        person = await register(**fields)
        tokens = ok(await sign_in(person.email, person.password), 201)
        return Known(person.id, person.email, person.password, tokens, bearer(api, tokens))

    return run


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def invariants(mall):
    """Every invariant of the domain holds after every test."""
    yield
    assert await violations(INVARIANTS, mall.now()) == []
