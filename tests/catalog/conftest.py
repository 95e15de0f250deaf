from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from galleria.core.catalog.import_run import work_on
from galleria.core.catalog.invariants import INVARIANTS
from galleria.core.storage.invariants import violations
from galleria.core.testing.client import ok


@dataclass
class Desk:
    """A store's owner at work: `api` acts as the owner."""

    shop: Any
    api: Any

    @property
    def path(self):
        return f"{self.shop.path}/staff"

    async def product(self, *, on_sale=False, **fields):
        body = {"code": f"P{uuid4().hex[:10]}", "name": {"zh-CN": "保温杯", "en": "Thermos"}, **fields}
        body.setdefault("skus", [{"code": f"{body['code']}-1", "price": 1999}])
        made = ok(await self.api.post(f"{self.path}/products", body), 201)
        if on_sale:
            made = ok(await self.api.post(f"{self.path}/products/{made['id']}/put-on-sale", key=""))
        return made

    async def category(self, slug, **fields):
        body = {"slug": slug, "name": {"en": slug.title()}, **fields}
        return ok(await self.api.post(f"{self.path}/categories", body), 201)

    async def change(self, product, tail="", **fields):
        headers = {"If-Match": f'"v{product["version"]}"'}
        return await self.api.patch(f"{self.path}/products/{product['id']}{tail}", fields, headers=headers)


@pytest.fixture
def make_desk(api, make_shop):
    async def make(**shop):
        made = await make_shop(**shop)
        return Desk(made, api.acting_as(made.owner))

    return make


@pytest.fixture
def operator(api, make_person):
    """The mall's operator: `await operator()` gives a client that acts as one."""

    async def make():
        return api.acting_as(await make_person(operator=True))

    return make


@pytest.fixture
def slug():
    """A slug that nothing else has."""
    return lambda prefix="b": f"{prefix}-{uuid4().hex[:10]}"


@pytest_asyncio.fixture(loop_scope="session")
async def sound(mall):
    """Assert that the test has broken none of the catalog's invariants. Others may have, on purpose."""

    async def broken():
        return {one.name: one.count for one in await violations(INVARIANTS, mall.now())}

    before = await broken()

    async def check():
        assert {name: count for name, count in (await broken()).items() if count > before.get(name, 0)} == {}

    return check


@pytest.fixture
def bring(mall):
    """Hand a file in as a desk's owner and have it worked on: the import as the API shows it."""

    async def run(desk, content):
        body = content.encode() if isinstance(content, str) else content
        headers = {"Content-Type": "text/csv"}
        queued = ok(await desk.api.post(f"{desk.path}/imports", content=body, headers=headers), 201)
        assert (queued["state"], queued["rows_done"]) == ("queued", 0)
        while await work_on(mall, UUID(queued["id"])):
            pass
        return ok(await desk.api.get(f"{desk.path}/imports/{queued['id']}"))

    return run


@pytest.fixture
def export():
    """A desk's catalog as CSV text."""

    async def run(desk):
        answer = await desk.api.get(f"{desk.path}/export")
        assert answer.status_code == 200, answer.text
        return answer.text

    return run
