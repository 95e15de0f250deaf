"""Is the process alive, and can it serve?"""

from __future__ import annotations

from typing import Any

import asyncpg
from litestar import Response, get
from litestar.di import NamedDependency
from msgspec import Struct
from redis.exceptions import RedisError

from ..errors import Unavailable
from ..mall import Mall
from ..storage import db
from .access import PUBLIC


class Health(Struct):
    """`ok`, `away`, or (Redis alone away) `degraded`; the engines by name."""

    status: str
    engines: dict[str, str]


@get("/api/health", access=PUBLIC, tags=["health"])
async def alive() -> Health:
    """The process answers."""
    return Health("ok", {})


@get("/api/ready", access=PUBLIC, tags=["health"])
async def ready(mall: NamedDependency[Mall]) -> Response[Any]:
    """200 when requests can be served, 503 when PostgreSQL is away. Without Redis everything still works."""
    engines = {"postgresql": await _postgresql(), "redis": await _redis(mall)}
    away = engines["postgresql"] == "away"
    status = "away" if away else "degraded" if engines["redis"] == "away" else "ok"
    return Response(Health(status, engines), status_code=503 if away else 200)


async def _postgresql() -> str:
    try:
        await db.fetch_value("SELECT 1")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable):
        return "away"
    return "ok"


async def _redis(mall: Mall) -> str:
    try:
        await mall.redis.execute_command("PING")
    except (OSError, RedisError):
        return "away"
    return "ok"


ROUTES = (alive, ready)
