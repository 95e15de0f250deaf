"""Query and header parameters that the routes of stores and stock share."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response
from litestar.params import HeaderParameter, QueryParameter

from ..http import cursors
from ..http.etag import version_tag

Limit = Annotated[int, QueryParameter(ge=1, le=cursors.MAX_LIMIT)]
Cursor = Annotated[str | None, QueryParameter(max_length=400)]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


def versioned(content: Any, version: int) -> Response[Any]:
    """An answer whose ETag is what the next change sends as If-Match."""
    return Response(content, headers={"ETag": version_tag(version)})
