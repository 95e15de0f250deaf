"""Where providers tell what has happened."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from ..http.access import PUBLIC
from ..mall import Mall
from . import notifications

LARGEST = 256 * 1024
"""Bytes of a notification's body."""


@post(
    "/api/payments/notifications/{provider:str}",
    access=PUBLIC,
    tags=["payments"],
    status_code=200,
    request_max_body_size=LARGEST,
)
async def notified(
    request: Request[Any, Any, Any], mall: NamedDependency[Mall], provider: FromPath[str]
) -> Response[Any]:
    """A provider's notification, in the provider's own form; only its signature gets it in."""
    answer = await notifications.accept(mall, provider, dict(request.headers), await request.body())
    media_type = MediaType.TEXT if isinstance(answer, str) else MediaType.JSON
    return Response(answer, media_type=media_type, status_code=200)
