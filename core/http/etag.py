"""Entity tags (RFC 9110, 8.8.3) of answers, and versions in `If-Match`."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response

from ..errors import PreconditionFailed, PreconditionRequired


def tagged(request: Request[Any, Any, Any], content: Any, *, vary: str = "Accept-Language") -> Response[Any]:
    """The content with its ETag, or 304 without a body when the client has it already."""
    body = msgspec.json.encode(content)
    return answered(request, body, tag_of(body), vary=vary)


def answered(request: Request[Any, Any, Any], body: bytes, tag: str, *, vary: str) -> Response[Any]:
    """JSON that is encoded already, with its tag, or 304."""
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": vary}
    if tag in _listed(request.headers.get("if-none-match", "")):
        return Response(None, status_code=304, headers=headers)
    return Response(msgspec.Raw(body), media_type="application/json", headers=headers)


def tag_of(body: bytes) -> str:
    """The strong tag of exactly these bytes."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def _listed(header: str) -> set[str]:
    return {part.strip().removeprefix("W/") for part in header.split(",")}


def version_tag(version: int) -> str:
    return f'"v{version}"'


def required_version(header: str | None) -> int:
    """The version that `If-Match` names. Raises PreconditionRequired without one, PreconditionFailed for others."""
    if not header:
        raise PreconditionRequired
    text = header.strip().strip('"').removeprefix("v")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise PreconditionFailed("If-Match does not name a version of this resource.")
    return int(text)
