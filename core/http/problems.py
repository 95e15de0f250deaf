"""Every error as an RFC 9457 problem document with a stable `code`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException, ValidationException
from litestar.types import ExceptionHandlersMap

from ..errors import Conflict, Invalid, Problem, Unavailable, field_error

log = structlog.get_logger(__name__)

AnyRequest = Request[Any, Any, Any]

_CODES = {
    400: "malformed_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}
_CUT_SHORT = "client disconnected prematurely"
"""Litestar's words for a connection that is closed, or chunks that are broken, before the body's end."""
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


def document(problem: Problem) -> dict[str, Any]:
    """The members of the problem document."""
    body: dict[str, Any] = {
        "type": f"urn:galleria:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return body | problem.extra


def answer(problem: Problem) -> Response[dict[str, Any]]:
    return Response(
        document(problem),
        status_code=problem.status,
        media_type="application/problem+json",
        headers=problem.headers,
    )


def on_problem(_: AnyRequest, problem: Problem) -> Response[dict[str, Any]]:
    return answer(problem)


def on_validation(_: AnyRequest, error: ValidationException) -> Response[dict[str, Any]]:
    """Litestar's list of what does not fit, as field errors with paths."""
    found = error.extra if isinstance(error.extra, list) else []
    errors = [_field_error(entry) for entry in found if not _is_spurious(entry)]
    fallback = [_field_error({"message": error.detail})]
    return answer(Invalid("Some values are not acceptable.", errors=errors or fallback))


def on_internal(request: AnyRequest, error: InternalServerException) -> Response[dict[str, Any]]:
    """What Litestar takes for the server's fault and is the client's.

    A body that ends too early, and a body field that bears a dependency's name (`locale`, `store`).
    """
    if error.detail == _CUT_SHORT:
        log.info("body_cut_short", path=request.url.path)
        return answer(Problem("The body did not arrive in full.", code="malformed_request"))
    cause = error.__cause__
    entry = _field_error({"message": str(cause)}) if isinstance(cause, msgspec.ValidationError) else {"path": ""}
    if not entry["path"].startswith("data"):
        return on_failure(request, error)
    path = entry["path"].removeprefix("data").lstrip(".")
    return answer(Invalid("Some values are not acceptable.", errors=[entry | {"path": path}]))


def on_recursion(_: AnyRequest, error: RecursionError) -> Response[dict[str, Any]]:
    log.info("body_too_deep", error=str(error))
    return answer(Problem("The body is nested too deeply.", code="malformed_request"))


def on_undecodable(_: AnyRequest, error: UnicodeDecodeError) -> Response[dict[str, Any]]:
    """A JSON text with bytes that are not UTF-8: the decoder has no error of its own for them."""
    log.info("body_not_utf8", error=str(error))
    return answer(Problem("The body is not UTF-8.", code="malformed_request"))


def on_http_exception(_: AnyRequest, error: HTTPException) -> Response[dict[str, Any]]:
    """What Litestar itself refuses: unknown routes, methods, broken JSON."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "code": _CODES.get(error.status_code, "http_error"),
        "detail": error.detail if error.status_code < 500 else "",
    }
    return Response(body, status_code=error.status_code, media_type="application/problem+json", headers=error.headers)


def on_data_error(_: AnyRequest, error: asyncpg.DataError) -> Response[dict[str, Any]]:
    """A value that passed every check but that the database cannot hold: a NUL character, a number too large."""
    log.info("value_refused_by_database", error=str(error))
    return answer(Invalid("A value cannot be stored."))


def on_constraint(_: AnyRequest, error: asyncpg.IntegrityConstraintViolationError) -> Response[dict[str, Any]]:
    """A rule of the database that no service has put into words: refused, and worth a look by the operator."""
    log.warning("constraint_refused", constraint=getattr(error, "constraint_name", ""), error=str(error))
    return answer(Conflict("This would break a rule of the mall's data."))


def on_engine_away(_: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    log.error("engine_away", exc_info=error)
    return answer(Unavailable("Try again in a moment.", headers={"Retry-After": "2"}))


def on_failure(request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    """A defect. The client learns the request's id, the log has the rest."""
    log.error("request_failed", path=request.url.path, exc_info=error)
    body = {"type": "about:blank", "title": "Internal Server Error", "status": 500, "code": "internal_error"}
    return Response(body, status_code=500, media_type="application/problem+json")


def _is_spurious(entry: Any) -> bool:
    """Once the API document was built, Litestar misses path parameters that a handler leaves to dependencies."""
    return isinstance(entry, dict) and entry.get("message") == repr(entry.get("key"))


def _field_error(entry: Any) -> dict[str, str]:
    message = entry.get("message", "") if isinstance(entry, dict) else str(entry)
    key = entry.get("key") if isinstance(entry, dict) else None
    return field_error(message, str(key) if key else None)


HANDLERS: ExceptionHandlersMap = {
    Problem: on_problem,
    ValidationException: on_validation,
    HTTPException: on_http_exception,
    InternalServerException: on_internal,
    RecursionError: on_recursion,
    UnicodeDecodeError: on_undecodable,
    asyncpg.DataError: on_data_error,
    asyncpg.IntegrityConstraintViolationError: on_constraint,
    **dict.fromkeys(_AWAY, on_engine_away),
    Exception: on_failure,
}
