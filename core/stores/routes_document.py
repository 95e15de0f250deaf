"""The API document of one store."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from ..http.access import PUBLIC
from ..http.documents import Documents
from ..http.etag import answered
from ..mall import Mall
from .queries import StoreRow


@get("/api/stores/{store_ref:str}/openapi.json", access=PUBLIC, tags=["stores"])
async def get_document(
    request: Request[Any, Any, Any], mall: NamedDependency[Mall], store: NamedDependency[StoreRow]
) -> Response[dict[str, Any]]:
    """The API document with what can be called in this store: core, the plugins that are on in it, and the mall's."""
    documents: Documents = request.app.state.documents
    known, plugins = await mall.plugins.states.current(), mall.plugins.states.plugins

    def on(place: Any) -> frozenset[str]:
        return frozenset(name for name, plugin in plugins.items() if known.is_on(plugin, place))

    found = documents.of(plugins, {"store": on(store.id), "mall": on(None)})
    return answered(request, found.body, found.tag, vary="Accept-Encoding")


ROUTES = (get_document,)
