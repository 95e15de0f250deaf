"""Routes of a store where the plugin is on: staff hand in receipts and look at them."""

from __future__ import annotations

from collections.abc import Sequence

from galleria.core.plugin_api import Mall, NotFound, StoreRow, staff
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from . import queries, service
from .schemas import ReceiptLinesBody, ReceiptLinesKept, ReceiptView

PERMISSION = "retail_replay.receipts"


@put("/lines", access=staff(PERMISSION))
async def keep_lines(
    data: JSONBody[ReceiptLinesBody], mall: NamedDependency[Mall], store: NamedDependency[StoreRow]
) -> ReceiptLinesKept:
    """Keep up to 2,000 lines of receipts; the same again changes nothing, and no line is ever altered.

    409 `receipt_line_differs`; 422 `receipt_line_twice`, `receipt_line_below_zero`: nothing is kept then.
    """
    added = await service.keep(store.id, data.lines, mall.now())
    return ReceiptLinesKept(received=len(data.lines), added=added)


@get("/receipts/{receipt:str}", access=staff(PERMISSION))
async def read_receipt(receipt: FromPath[str], store: NamedDependency[StoreRow]) -> ReceiptView:
    """Whether a receipt was bought, and by which order. 404 `receipt_not_found`."""
    found = await queries.receipt(store.id, receipt)
    if found is None:
        raise NotFound("There is no such receipt.", code="receipt_not_found")
    return found


ROUTES: Sequence[ControllerRouterHandler] = (keep_lines, read_receipt)
