"""Calls of the API over kept-alive connections. An answer that is not the expected one ends the run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import perf_counter
from typing import Any, Protocol
from uuid import uuid4

import httpx

from .timings import Timings

_TIMEOUT = 60
"""Seconds for one answer."""
_SHOWN = 2000
"""Characters of an unexpected answer that are shown."""


class Unexpected(Exception):
    """Galleria did not answer as it should; the message has the call and the answer."""


class Line(Protocol):
    """What requests go out by: one of httpx's clients, or several."""

    async def request(self, method: str, url: str, **options: Any) -> httpx.Response: ...


class Lines:
    """Clients with a connection each. One client with many would look at all of them at every request."""

    def __init__(self, clients: Sequence[httpx.AsyncClient]) -> None:
        self._free: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        for client in clients:
            self._free.put_nowait(client)

    async def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Send by a client that is free, and wait for one if none is."""
        client = await self._free.get()
        try:
            return await client.request(method, url, **options)
        finally:
            self._free.put_nowait(client)


class Caller:
    """Somebody who calls: the headers that are sent along say who, and from which address."""

    def __init__(self, http: Line, timings: Timings, headers: Mapping[str, str] | None = None) -> None:
        self._http = http
        self._timings = timings
        self._headers = dict(headers or {})

    def having(self, **headers: str) -> Caller:
        """Return the same caller with further headers; underscores stand for hyphens."""
        further = {name.replace("_", "-"): value for name, value in headers.items()}
        return Caller(self._http, self._timings, self._headers | further)

    async def signed_in(self, identifier: str, password: str) -> Caller:
        """Sign in, and return the caller with that session."""
        credentials = {"identifier": identifier, "password": password}
        tokens = await self.post("sign in", "/api/sessions", credentials)
        return self.having(Authorization=f"Bearer {tokens['access_token']}")

    async def get(self, kind: str, path: str, **query: str) -> Any:
        """Return the JSON of a 200. `kind` names the call among the timings. Raises Unexpected."""
        return await self._send(kind, "GET", path, 200, params=query)

    async def post(self, kind: str, path: str, json: Any = None, *, status: int = 201) -> Any:
        """Return the JSON of an answer with `status`; sends a fresh Idempotency-Key. Raises Unexpected."""
        return await self._send(kind, "POST", path, status, json=json)

    async def put(self, kind: str, path: str, json: Any) -> Any:
        """Return the JSON of a 200."""
        return await self._send(kind, "PUT", path, 200, json=json)

    async def post_text(self, kind: str, path: str, text: str, content_type: str) -> Any:
        """The same with a text as the body, as UTF-8."""
        return await self._send(kind, "POST", path, 201, content=text.encode(), headers={"Content-Type": content_type})

    async def _send(
        self, kind: str, method: str, path: str, status: int, headers: Mapping[str, str] | None = None, **body: Any
    ) -> Any:
        keyed = {"Idempotency-Key": uuid4().hex} if method == "POST" else {}
        begun = perf_counter()
        try:
            answer = await self._http.request(method, path, headers=self._headers | keyed | dict(headers or {}), **body)
        except httpx.HTTPError as error:
            raise Unexpected(f"{method} {path}: {type(error).__name__}: {error}") from error
        self._timings.note(kind, perf_counter() - begun)
        if answer.status_code != status:
            raise Unexpected(f"{method} {path}: {answer.status_code} instead of {status}: {answer.text[:_SHOWN]}")
        return answer.json() if answer.content else None


@asynccontextmanager
async def calling(base_url: str, timings: Timings, *, at_once: int) -> AsyncIterator[Caller]:
    """An anonymous caller of the server at `base_url`, with a connection for each of `at_once` calls."""
    shared = httpx.create_ssl_context()
    async with AsyncExitStack() as stack:
        clients = [
            httpx.AsyncClient(base_url=base_url, verify=shared, timeout=_TIMEOUT, trust_env=False)
            for _ in range(at_once)
        ]
        yield Caller(Lines([await stack.enter_async_context(client) for client in clients]), timings)
