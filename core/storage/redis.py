"""The Redis client of a process. Redis admits, caches and wakes; it is never the truth."""

from __future__ import annotations

from redis.asyncio import BlockingConnectionPool, Redis


def connect(url: str, size: int = 20) -> Redis:
    """A client whose commands wait for a connection rather than fail; it connects at the first command."""
    return Redis(connection_pool=BlockingConnectionPool.from_url(url, max_connections=size, timeout=5))
