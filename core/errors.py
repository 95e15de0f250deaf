"""Every exception of Galleria, each with the problem code that the API shows.

A `Problem` becomes an RFC 9457 problem document. Codes are stable: clients switch on them.
This module imports nothing of core.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

_MSGSPEC = re.compile(r"^(?P<detail>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_INDEX = re.compile(r"\[(\d+|\.\.\.)\]")


def field_error(message: str, path: str | None = None) -> dict[str, str]:
    """An entry of `errors`, from what msgspec says of a value; `path` overrides the one in the message."""
    match = _MSGSPEC.match(message)
    detail, inner = (match["detail"], match["path"] or "") if match else (message, "")
    return {"path": _INDEX.sub(r".\1", path or inner).strip("."), "code": "invalid_value", "detail": detail}


class GalleriaError(Exception):
    """The root of everything that Galleria raises on purpose."""


class Problem(GalleriaError):
    """A refusal that a client can understand.

    `code` is the stable identifier, `status` the HTTP status, `errors` a list of
    `{"path": "lines.0.quantity", "code": ..., "detail": ...}` for single fields, and `extra`
    further members of the document (a new quote, the current version).
    """

    status: ClassVar[int] = 400
    code: str = "bad_request"
    title: ClassVar[str] = "The request cannot be carried out"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.code = code or type(self).code
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.extra = extra


class Invalid(Problem):
    """The request is well formed but says something that cannot be."""

    status = 422
    code = "invalid"
    title = "The request has values that are not acceptable"


class Unauthenticated(Problem):
    status = 401
    code = "unauthenticated"
    title = "Sign in first"


class Forbidden(Problem):
    status = 403
    code = "forbidden"
    title = "You may not do this"


class NotFound(Problem):
    """Also what a caller gets who may not know that the thing exists."""

    status = 404
    code = "not_found"
    title = "There is no such thing"


class Conflict(Problem):
    """The thing is in a state, or at a version, in which this cannot be done."""

    status = 409
    code = "conflict"
    title = "The current state does not allow this"


class PreconditionFailed(Problem):
    """`If-Match` names a version that is no longer the current one."""

    status = 412
    code = "version_mismatch"
    title = "The resource has changed since you read it"


class PreconditionRequired(Problem):
    status = 428
    code = "version_required"
    title = "Say which version you change, by If-Match"


class TooManyRequests(Problem):
    status = 429
    code = "too_many_requests"
    title = "Slow down"


class Unavailable(Problem):
    """An engine or a provider is away; the same request may succeed later."""

    status = 503
    code = "unavailable"
    title = "A service that this needs is away"


class StartupError(GalleriaError):
    """Galleria refuses to start; the message says what to do."""


class PluginError(StartupError):
    """A plugin cannot be loaded; the message names it and the mend."""


class PluginConflict(PluginError):
    """Two plugins claim the same name, route, table or hook result; the message names both."""
