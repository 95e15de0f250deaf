"""Every operation of the API document, called by everybody with what nobody should send: none may answer 5xx."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import httpx
import pytest
from galleria.core.accounts import service as accounts
from galleria.core.accounts.sessions import open_session
from galleria.core.jobs.registry import INVARIANTS
from galleria.core.mall import Mall
from galleria.core.storage.embedded import Addresses
from galleria.core.storage.invariants import violations
from galleria.core.testing.client import Api, problem
from structlog.testing import capture_logs

from .inputs import Fuzzer, Operation, Sent, World
from .worlds import make_world, own_mall, sweep

ROUND = 250
"""Requests to one set of people and stores: what they break for each other is made anew after that."""


def callers_of(operation: Operation) -> list[str]:
    """Everybody, and whom it is for again."""
    parts = operation.path.split("/")
    meant = "owner" if "staff" in parts else "operator" if "mall" in parts else "shopper"
    return ["anonymous", "shopper", "owner", "operator", meant, meant, meant]


def wrong_with(answer: httpx.Response) -> str:
    """What the conventions do not allow in this answer; "" when they do."""
    if answer.status_code < 400:
        return ""
    if answer.status_code >= 500:
        return f"answered {answer.status_code}"
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{answer.status_code} as {answer.headers.get('content-type')}"
    code = answer.json().get("code")
    return "" if isinstance(code, str) and code else f"{answer.status_code} without a code"


async def fuzz(addresses: Addresses, seed: int, count: int) -> tuple[Counter[int], list[str]]:
    """Send that many requests; how often each status came, and a line for each that was wrong."""
    statuses: Counter[int] = Counter()
    faults: dict[tuple[str, str, str], str] = {}
    async with own_mall(addresses) as (application, mall, client):
        fuzzer = Fuzzer(application.openapi_schema.to_schema(), seed)
        pairs = [(operation, who) for operation in fuzzer.operations for who in callers_of(operation)]
        for number in range(count):
            if number % ROUND == 0:
                world = await make_world(mall, Api(client))
            if number % len(pairs) == 0:
                fuzzer.rng.shuffle(pairs)
            sent = fuzzer.request(*pairs[number % len(pairs)], world)
            with capture_logs() as logs:
                answer = await _send(client, mall, world, sent)
            statuses[answer.status_code] += 1
            if found := wrong_with(answer):
                cause = "; ".join(repr(entry["exc_info"]) for entry in logs if entry.get("exc_info"))
                key = (sent.operation.method, sent.operation.path, found + cause[:60])
                faults.setdefault(
                    key, f"seed {seed}, request {number}: {found} {cause}\n  {sent}\n  {answer.text[:300]}"
                )
            if number % ROUND == ROUND - 1:
                await sweep(mall)
        await sweep(mall)
        broken = [str(violation) for violation in await violations(INVARIANTS, mall.now())]
    return statuses, [*faults.values(), *broken]


async def _send(client: httpx.AsyncClient, mall: Mall, world: World, sent: Sent) -> httpx.Response:
    headers = list(sent.headers)
    person = world.callers[sent.who]
    if person is not None:
        await accounts.enable(mall, person.id)  # a request before may have disabled the account, or ended its session
        tokens = await open_session(mall, person.id)
        headers.append((b"Authorization", f"Bearer {tokens.access_token}".encode()))
    return await client.request(sent.operation.method, sent.url, headers=headers, content=sent.content)


async def test_no_request_makes_the_mall_fail(addresses):
    """2,500 requests over every operation: each error is a problem document below 500; no invariant is broken."""
    statuses, faults = await fuzz(addresses, seed=20, count=2500)
    assert not faults, "\n".join(faults)
    assert {200, 201, 400, 401, 403, 404, 409, 412, 422} <= statuses.keys(), statuses


@pytest.mark.soak
async def test_no_request_makes_the_mall_fail_for_long(addresses):
    """The same with another seed each time; the seed stands in the failure."""
    seed = random.SystemRandom().randrange(10**9)
    _, faults = await fuzz(addresses, seed=seed, count=30_000)
    assert not faults, f"seed {seed}\n" + "\n".join(faults)


async def test_a_superscript_digit_is_no_version(api, make_shop):
    """`If-Match: "v²"` is refused as any other text that names no version."""
    shop = await make_shop()
    owner = api.acting_as(shop.owner)
    answer = await owner.patch(f"{shop.path}/staff/profile", {}, headers={b"If-Match": b'"v\xb2"'})
    problem(answer, 412, "version_mismatch")


async def test_a_body_that_is_not_utf8_is_malformed(api, make_person):
    """Half of a surrogate pair, written as UTF-8, in a JSON text."""
    shopper = api.acting_as(await make_person())
    headers = {"Content-Type": "application/json"}
    answer = await shopper.patch("/api/me", content=b'{"name": "\xed\xa0\x80"}', headers=headers)
    problem(answer, 400, "malformed_request")


@pytest.mark.parametrize("path", ["/api/sessions", "/api/cart"])
async def test_a_body_that_ends_too_early_is_malformed(application, path):
    """A connection that breaks in the middle of a body is the client's affair, not a defect."""
    events = iter([{"type": "http.request", "body": b'{"iden', "more_body": True}, {"type": "http.disconnect"}])
    headers = [(b"content-type", b"application/json"), (b"idempotency-key", b"k" * 32)]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"headers": headers, "root_path": "", "scheme": "http", "server": ("mall.test", 80), "client": None}
    sent: list[Any] = []

    async def receive() -> Any:
        return next(events)

    async def send(message: Any) -> None:
        sent.append(message)

    await application({**scope, "http_version": "1.1", "asgi": {"version": "3.0"}}, receive, send)
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (400, "malformed_request")
