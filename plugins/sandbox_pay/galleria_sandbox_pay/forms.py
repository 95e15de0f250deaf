"""Bodies that come as JSON from programs, as a form from the page, or not at all."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from galleria.core.plugin_api import Body, Invalid, Problem
from litestar import Request

B = TypeVar("B", bound=Body)

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def is_form(request: Request[Any, Any, Any]) -> bool:
    return request.content_type[0] in _FORMS


async def body_of(request: Request[Any, Any, Any], shape: type[B]) -> B:
    """Read the body as `shape`; an empty one, or an empty field of a form, is a field left out.

    Raises Invalid for values that do not fit and Problem (`malformed_request`) for broken JSON.
    """
    try:
        if is_form(request):
            return msgspec.convert(await _fields(request), shape, strict=False)
        return msgspec.json.decode(await request.body() or b"{}", type=shape)
    except msgspec.ValidationError as error:
        raise Invalid(
            "Some values are not acceptable.", errors=[{"path": "", "code": "invalid_value", "detail": str(error)}]
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("The body is not JSON.", code="malformed_request") from error


async def _fields(request: Request[Any, Any, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in (await request.form()).multi_items():
        if name in fields:
            raise Invalid(errors=[{"path": name, "code": "repeated", "detail": "Send it once."}])
        fields[name] = value
    return {name: value for name, value in fields.items() if value != ""}
