"""Query and header parameters that the routes share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from galleria.core.plugin_api import cursors, version_tag
from litestar import Request, Response
from litestar.params import HeaderParameter, QueryParameter

from .terms import State

AnyRequest = Request[Any, Any, Any]
Limit = Annotated[int, QueryParameter(ge=1, le=cursors.MAX_LIMIT)]
Cursor = Annotated[str | None, QueryParameter(max_length=400)]
CouponState = Annotated[Literal["claimed", "held", "used", "expired"] | None, QueryParameter(name="state")]
PromotionState = Annotated[State | None, QueryParameter(name="state")]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


def versioned(content: Any, version: int) -> Response[Any]:
    """An answer whose ETag is what the next change sends as If-Match."""
    return Response(content, headers={"ETag": version_tag(version)})
