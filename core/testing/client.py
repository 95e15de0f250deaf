"""A client of the API for tests: it speaks to the application in this process, and sends idempotency keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx


class Api:
    """Requests as one caller. `acting_as(person)` gives the same for somebody else."""

    def __init__(self, http: httpx.AsyncClient, headers: Mapping[str, str] | None = None) -> None:
        self.http = http
        self.headers = dict(headers or {})

    def acting_as(self, person: Any) -> Api:
        """`person` has a `token`; None is an anonymous caller."""
        return Api(self.http, {"Authorization": f"Bearer {person.token}"} if person is not None else {})

    def having(self, **headers: str) -> Api:
        """The same caller with further headers; underscores stand for hyphens."""
        return Api(self.http, self.headers | {name.replace("_", "-"): value for name, value in headers.items()})

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self._send("GET", path, options)

    async def post(self, path: str, json: Any = None, *, key: str | None = None, **options: Any) -> httpx.Response:
        """`key` is the Idempotency-Key: a fresh one unless given; "" sends none."""
        sent = {"Idempotency-Key": key if key is not None else uuid4().hex} if key != "" else {}
        return await self._send("POST", path, {"json": json, **options} if json is not None else options, sent)

    async def put(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return await self._send("PUT", path, {"json": json, **options})

    async def patch(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return await self._send("PATCH", path, {"json": json, **options})

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        return await self._send("DELETE", path, options)

    async def _send(
        self, method: str, path: str, options: dict[str, Any], extra: Mapping[str, str] | None = None
    ) -> httpx.Response:
        headers = {**self.headers, **(extra or {}), **options.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **options)


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Assert that a response is this problem document; return it."""
    body: dict[str, Any] = response.json()
    found = (response.status_code, body.get("code"), response.headers["content-type"])
    assert found == (status, code, "application/problem+json"), (found, body)  # noqa: S101  an assertion for tests
    return body


def ok(response: httpx.Response, status: int = 200) -> Any:
    """Assert that a response has this status; return its JSON, or None without a body."""
    assert response.status_code == status, (response.status_code, response.text)  # noqa: S101  an assertion for tests
    return response.json() if response.content else None
